import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../support/leaks.ts';
import { CURRENT } from '../../src/run-queue/memory.ts';
import { one, within } from '../support/within.ts';
import { echo } from '../tasks/basic.ts';

test('a thread may take a task before its pool has sent it anything', async () => {
  const construct = Reflect.construct;
  let seen = 0;
  Reflect.construct = function constructSlowly(...args: Parameters<typeof construct>): unknown {
    const worker: unknown = construct(...args);
    const { workerData } = args[1][1] as { workerData?: { atasker?: ThreadData } };
    const queue = workerData?.atasker?.queue;
    if (queue !== undefined) seen = waitUntilTaken(new Int32Array(queue.memory), queue.slot);
    return worker;
  } as typeof construct;
  try {
    await within({ threadPool: one }, async (supervisor) => {
      const shared = new Int32Array(new SharedArrayBuffer(4)); // such arguments are fetched
      assert.deepEqual(await echo.with({ supervisor })(shared), [shared]);
    });
  } finally {
    Reflect.construct = construct;
  }
  assert.notEqual(seen, 0);
});

interface ThreadData {
  readonly queue: { readonly memory: SharedArrayBuffer; readonly slot: number };
}

/** Holds this thread up until the new one has taken a task; gives the number of its run. */
function waitUntilTaken(cells: Int32Array, slot: number): number {
  const giveUpAt = Date.now() + 20_000;
  let run = 0;
  while (run === 0 && Date.now() < giveUpAt) run = Atomics.load(cells, CURRENT + slot);
  return run;
}
