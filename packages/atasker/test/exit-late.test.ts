import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import './support/leaks.ts';
import { collect } from './support/events.ts';
import { one, within } from './support/within.ts';
import { leaveExit, wakeExit, type Exit } from './tasks/exit-late.ts';

const pool = { ...one, maxSize: 1 };
const exits: readonly Exit[] = ['by itself', 'in a handler', 'in a handler that awaits'];

describe('process.exit() of a task that has ended harms no task that runs then:', { timeout: 60_000 }, () => {
  for (const tt of ['thread', 'process'] as const) {
    for (const exit of exits) {
      test(`${exit}, in a ${tt}`, async () => {
        await within({ threadPool: pool, processPool: pool }, async (supervisor) => {
          const on = { supervisor, tt };
          const late = collect(supervisor, 'lateError', 1);
          await leaveExit.with(on)(exit);
          assert.equal(await wakeExit.with(on)(), 'unharmed');
          const error = (await late)[0]!.error as Error;
          assert.match(error.message, exit === 'by itself' ? /^leaveExit had ended when its code called/ : /^late$/);
          assert.equal(await wakeExit.with(on)(), 'unharmed');
        });
      });
    }
  }
});
