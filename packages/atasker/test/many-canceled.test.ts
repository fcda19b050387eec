import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task, TaskError } from 'atasker';
import './support/leaks.ts';
import { newGate, open } from './support/gate.ts';
import { one, within } from './support/within.ts';
import { blockUntil } from './tasks/aloops.ts';
import { add } from './tasks/basic.ts';

const MANY = 100_000;

/** Times in milliseconds: of MANY calls that have to wait, and of one abort that cancels all of them. */
async function callAndAbort(
  use: (task: Task<number>) => void,
): Promise<{ readonly call: number; readonly abort: number }> {
  return within({ threadPool: one }, async (supervisor) => {
    const gate = newGate();
    const blocking = blockUntil.with({ supervisor, tt: 'thread' })(gate);
    const controller = new AbortController();
    const call = add.with({ supervisor, signal: controller.signal });
    const begin = performance.now();
    for (let n = 0; n < MANY; n += 1) use(call(n, 1));
    const called = performance.now();
    controller.abort();
    const aborted = performance.now();
    open(gate);
    await blocking;
    return { call: called - begin, abort: aborted - called };
  });
}

const USES = [
  { who: 'nobody', most: 0.4, use: () => {} },
  { who: 'somebody', most: 1.6, use: (task: Task<number>) => void task.catch(() => {}) },
] as const;

for (const { who, most, use } of USES) {
  test(`to cancel ${MANY} waiting tasks that ${who} awaits takes at most ${most} times as long as their calls`, async () => {
    const ratios: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { call, abort } = await callAndAbort(use);
      ratios.push(abort / call);
    }
    assert.ok(Math.min(...ratios) < most, ratios.join(', '));
  });
}

test('the error of a task that an error has cancelled leaves it to its cause to say where', async () => {
  await within({ threadPool: one }, async (supervisor) => {
    const gate = newGate();
    const blocking = blockUntil.with({ supervisor, tt: 'thread' })(gate);
    const failure = async (task: Task<number>): Promise<TaskError> => task.catch((error: TaskError) => error) as never;
    const waiting = add.with({ supervisor });

    const controller = new AbortController();
    const aborted = failure(waiting.with({ signal: controller.signal })(1, 2));
    controller.abort();
    const { stack, cause } = await aborted;
    assert.equal(stack, 'AbortError: task add was cancelled');
    assert.match((cause as Error).stack!, /many-canceled/);

    const canceled = waiting(1, 2);
    const whole = failure(canceled);
    canceled.cancel('no longer needed');
    assert.match((await whole).stack!, /\n {4}at /);
    open(gate);
    await blocking;
  });
});
