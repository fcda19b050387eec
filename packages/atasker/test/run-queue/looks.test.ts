import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { backgroundTask, type TaskSupervisor } from 'atasker';
import { whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import '../support/leaks.ts';
import { within } from '../support/within.ts';
import { hold } from '../tasks/basic.ts';

/** Blocks its thread for so long. */
const take = backgroundTask(function take(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
});

/** Turns after a short task (executors/shared-results.ts). */
const LOOKS = 32;
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

test('when a short task has ended and nothing else is out, no next result is looked for', async () => {
  await within({ threadPool: { poolSize: 1 } }, async (supervisor) => {
    const run = take.with({ supervisor });
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await run(0), 0);
      assert.ok((await turnsOfOthers()) <= 3); // one for the result, one for whoever calls the next task, and one more
    }
  });
});

/** Has another task out meanwhile. */
async function besideAnother(body: (supervisor: TaskSupervisor) => Promise<void>): Promise<void> {
  const gate = newGate();
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    const started = whenStarted(supervisor, 1);
    const another = hold.with({ supervisor })(gate);
    await started;
    await body(supervisor);
    open(gate);
    await another;
  });
}

test('while another one is out, it is looked for in a few turns of the event loop, and then no more', async () => {
  await besideAnother(async (supervisor) => {
    const run = take.with({ supervisor });
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await run(0), 0);
      assert.ok((await turnsOfOthers()) <= LOOKS + 2);
      assert.equal(await turnsOfOthers(), 0);
    }
  });
});

test('when a task has ended that was not short, nothing is looked for', async () => {
  await besideAnother(async (supervisor) => {
    const run = take.with({ supervisor });
    await run(0);
    for (let round = 0; round < 20; round += 1) {
      await turnsOfOthers();
      assert.equal(await run(5), 5);
      assert.ok((await turnsOfOthers()) <= 2);
    }
  });
});
