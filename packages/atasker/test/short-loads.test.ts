import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TaskFunction } from 'atasker';
import './support/leaks.ts';
import { fixtures } from './support/program.ts';
import { one, within } from './support/within.ts';

const { loaded } = (await import(`${fixtures}pool/short-of-descriptors.mjs`)) as {
  loaded: TaskFunction<() => string>;
};

describe('a module that cannot be loaded for want of descriptors:', { timeout: 60_000 }, () => {
  for (const tt of ['thread', 'process'] as const) {
    for (const [failing, title] of [
      [1, 'its task runs in another'],
      [5, 'its task fails at the second try'],
    ] as const) {
      test(`${title} ${tt}`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'atasker-short-'));
        const env = { ...process.env, SHORT_FOLDER: folder, SHORT_LOADS: String(failing) };
        const pool = { ...one, maxSize: 1, env };
        await within({ threadPool: pool, processPool: pool }, async (supervisor) => {
          const task = loaded.with({ supervisor, tt })();
          if (failing === 1) assert.equal(await task, 'loaded');
          else await assert.rejects(task, { code: 'ERR_TASK_LOAD', message: /EMFILE: too many open files/ });
          assert.equal(readdirSync(folder).length, 2);
        });
        rmSync(folder, { recursive: true });
      });
    }
  }
});
