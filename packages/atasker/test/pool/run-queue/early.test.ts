import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchingNewThreads } from './new-threads.ts'; // before the library takes its built-ins
import { CURRENT } from '../../../src/pool/run-queue/memory.ts';
import '../../support/leaks.ts';
import { one, within } from '../../support/within.ts';
import { echo } from '../../tasks/basic.ts';

test('a thread may take a task before its pool has sent it anything', async () => {
  let seen = 0;
  const watch = ({ memory, seat }: { readonly memory: SharedArrayBuffer; readonly seat: number }): void => {
    seen = waitUntilTaken(new Int32Array(memory), seat);
  };
  await watchingNewThreads(watch, () =>
    within({ threadPool: one }, async (supervisor) => {
      const shared = new Int32Array(new SharedArrayBuffer(4)); // such arguments are sent, or fetched
      assert.deepEqual(await echo.with({ supervisor })(shared), [shared]);
    }),
  );
  assert.notEqual(seen, 0);
});

/** Holds this thread up until the new one has taken a task; gives the number of its run. */
function waitUntilTaken(cells: Int32Array, seat: number): number {
  const giveUpAt = Date.now() + 20_000;
  let run = 0;
  while (run === 0 && Date.now() < giveUpAt) run = Atomics.load(cells, CURRENT + seat);
  return run;
}
