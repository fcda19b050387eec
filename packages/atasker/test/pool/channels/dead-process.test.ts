import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import '../../support/leaks.ts';
import { one, within } from '../../support/within.ts';
import { whereAmI } from '../../tasks/basic.ts';
import { killBefore, killAfter } from '../../tasks/dying.ts';

const tt = 'process' as const;

/** Keeps this thread until nothing of the process is left but its exit code: nothing that it has sent is read meanwhile. */
function untilDead(pid: number): void {
  const giveUpAt = Date.now() + 10_000;
  const isDead = (): boolean =>
    /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1')) && readdirSync(`/proc/${pid}/task`).length === 1;
  while (!isDead()) assert.ok(Date.now() < giveUpAt, 'the process is still there');
}

const options = { processPool: { ...one, maxSize: 1 }, cancelGrace: 0 };

describe(
  'what a process has told before it dies counts, although something is sent to it after that:',
  {
    skip: !existsSync('/proc/self/stat'),
  },
  () => {
    let folder: string;
    let marks: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'atasker-dead-'));
      marks = join(folder, 'marks');
    });
    after(() => rmSync(folder, { recursive: true }));

    test('that a task has begun', async () => {
      await within(options, async (supervisor) => {
        await killAfter.with({ supervisor, tt })(-1, marks, false); // the module is loaded
        const { pid } = await whereAmI.with({ supervisor, tt })();
        const task = killBefore.with({ supervisor, tt })();
        untilDead(pid);
        task.cancel('it is sent a request to stop');
        await assert.rejects(task);
        assert.notEqual(task.timeStarted, null);
      });
    });

    test('that those have run which were sent ahead of their turn: none runs twice', async () => {
      await within(options, async (supervisor) => {
        const run = killAfter.with({ supervisor, tt });
        for (let warm = 0; warm < 100; warm += 1) await run(-1, marks, false); // it is known as short
        const { pid } = await whereAmI.with({ supervisor, tt })();
        const tasks = Array.from({ length: 5 }, (_, id) => run(id, marks, id === 2));
        untilDead(pid);
        tasks[4]!.cancel('it is sent a request to give that back');
        assert.deepEqual(await Promise.all(tasks.slice(0, 4)), [0, 1, 2, 3]);
        await tasks[4]!.catch(() => {});
        const ids = readFileSync(marks, 'utf8').trimEnd().split('\n').map(Number);
        assert.deepEqual(
          ids.filter((id) => id >= 0 && id < 4),
          [0, 1, 2, 3],
        );
      });
    });
  },
);
