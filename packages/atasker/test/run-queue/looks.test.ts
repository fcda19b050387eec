import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { backgroundTask } from 'atasker';
import '../support/leaks.ts';
import { within } from '../support/within.ts';

/** Blocks its thread for so long. */
const take = backgroundTask(function take(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
});

/** More than there are looks after a short task. */
const TURNS = 50;

/** How many turns of the event loop others ask for while there are so many. */
async function turnsOfOthers(): Promise<number> {
  let turns = 0;
  const hook = createHook({ init: (_id, type) => void (turns += Number(type === 'Immediate')) });
  hook.enable();
  try {
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  } finally {
    hook.disable();
  }
  return turns - TURNS;
}

test('when a short task has ended, the next result is looked for in a few turns of the event loop, and then no more', async () => {
  await within({ threadPool: { poolSize: 1 } }, async (supervisor) => {
    const run = take.with({ supervisor });
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await run(0), 0);
      assert.ok((await turnsOfOthers()) <= 34); // one for the result, 32 looks, and one more
      assert.equal(await turnsOfOthers(), 0);
    }
  });
});

test('when a task has ended that was not short, nothing is looked for', async () => {
  await within({ threadPool: { poolSize: 1 } }, async (supervisor) => {
    const run = take.with({ supervisor });
    await run(0);
    for (let round = 0; round < 20; round += 1) {
      await turnsOfOthers();
      assert.equal(await run(5), 5);
      assert.ok((await turnsOfOthers()) <= 2);
    }
  });
});
