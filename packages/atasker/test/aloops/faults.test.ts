import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Task } from 'atasker';
import '../support/leaks.ts';
import { collect, turn, whenStarted } from '../support/events.ts';
import { newGate, open, type Gate } from '../support/gate.ts';
import { onLoop, type OnLoop } from '../support/aloop.ts';
import { failsWith } from '../support/fails-with.ts';
import { blockAt, blockUntil, exitLoopAt, failAt, meet, spinBeside, strayAt, threadOf } from '../tasks/aloops.ts';
import { add } from '../tasks/basic.ts';

/** Two running tasks on one loop, each of which continues when its gate opens. */
async function startTwo<T>(on: OnLoop, start: (gate: Gate) => Task<T>) {
  const [gate, besideGate] = [newGate(), newGate()];
  const started = whenStarted(on.supervisor, 2);
  const beside = meet.with(on)(besideGate);
  const task = start(gate);
  await started;
  return { gate, task, besideGate, beside };
}

/** A task that blocks the loop until its gate opens. */
async function startBlocking(on: OnLoop) {
  const gate = newGate();
  const started = whenStarted(on.supervisor, 1);
  const blocks = blockUntil.with(on)(gate);
  await started;
  return { gate, blocks };
}

describe('a task on an aloop', () => {
  test('that throws does not affect other tasks', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 2);
      const beside = meet.with(on)(gate);
      const failed = failAt.with(on)(gate, 'no');
      await started;
      open(gate);
      await assert.rejects(failed, { name: 'RangeError', message: 'no' });
      assert.equal((await beside).met, 1);
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('that causes an uncaught error fails with it, the others finish there, and later tasks get another thread', () =>
    onLoop(async (on) => {
      const { gate, task, besideGate, beside } = await startTwo(on, (at) => strayAt.with(on)(at, 'stray'));
      open(gate);
      await assert.rejects(task, { name: 'RangeError', message: 'stray' });
      const next = await threadOf.with(on)();
      assert.equal(beside.isCompleted(), false);
      const exited = collect(on.supervisor, 'threadExited', 1);
      open(besideGate);
      const { threadId: old } = await beside;
      assert.notEqual(next, old);
      assert.deepEqual(await exited, [{ threadId: old, exitCode: 0 }]);
    }));

  test('that exits ends the others too, and the next task runs on the loop again', () =>
    onLoop(async (on, loop) => {
      const { gate, task, beside } = await startTwo(on, exitLoopAt.with(on));
      open(gate);
      for (const lost of [beside, task]) {
        const error = await failsWith(lost, 'ERR_TASK_LOST');
        assert.equal(error['exitCode'], 7);
      }
      assert.equal(await loop.run(add, 1, 2), 3);
      assert.equal(on.supervisor.getInfo().totals.lost, 2);
    }));

  test('sees its cancellation in synchronous code, even if another task was cancelled last', () =>
    onLoop(async (on) => {
      const [gate, other] = [newGate(), newGate()];
      const started = whenStarted(on.supervisor, 2);
      const late = collect(on.supervisor, 'lateResult', 2);
      const spins = spinBeside.with({ ...on, cancelGrace: '10s' })(gate);
      const waits = meet.with({ ...on, cancelGrace: '10s' })(other);
      await started;
      open(gate);
      spins.cancel();
      waits.cancel();
      await failsWith(spins, 'ERR_TASK_CANCELED');
      open(other);
      await failsWith(waits, 'ERR_TASK_CANCELED');
      assert.equal((await late)[0]!.result, 'AbortError heard');
    }));

  test('that ignores its cancellation is settled after the grace period, and does not affect other tasks', () =>
    onLoop(async (on) => {
      const { gate, task: ignores, besideGate, beside } = await startTwo(on, meet.with(on));
      ignores.cancel();
      await failsWith(ignores, 'ERR_TASK_CANCELED');
      assert.equal(on.supervisor.getInfo().aloops[0]!.pool.running, 2, 'it keeps its slot');
      const late = collect(on.supervisor, 'lateResult', 1);
      open(gate);
      assert.deepEqual((await late)[0]!.task, ignores);
      open(besideGate);
      assert.equal((await beside).met, 2);
    }));

  test('that blocks the loop, and has to be ended, is ended with its thread: the others are lost', () =>
    onLoop(async (on, loop) => {
      const { gate, task: blocks, beside } = await startTwo(on, blockAt.with(on));
      open(gate);
      blocks.cancel('enough');
      assert.equal((await failsWith(blocks, 'ERR_TASK_CANCELED')).cause, 'enough');
      const error = await failsWith(beside, 'ERR_TASK_LOST');
      assert.match((error.cause as Error).message, /was blocked when blockAt had to be ended/);
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('that goes on after its cancellation, and blocks the loop only then, is ended with its thread too', () =>
    onLoop(async (on, loop) => {
      const { gate, task: blocks, beside } = await startTwo(on, blockAt.with(on));
      blocks.cancel();
      await failsWith(blocks, 'ERR_TASK_CANCELED');
      open(gate);
      await failsWith(beside, 'ERR_TASK_LOST');
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('waits while it is unknown whether the thread that it would be sent to must be ended', () =>
    onLoop(async (on, loop) => {
      const thread = await loop.run(threadOf);
      const { gate, blocks } = await startBlocking(on);
      blocks.cancel();
      await failsWith(blocks, 'ERR_TASK_CANCELED');
      const waits = threadOf.with(on)();
      await turn();
      const { running, queued } = on.supervisor.getInfo().aloops[0]!.pool;
      assert.deepEqual([running, queued.normal], [1, 1]);
      open(gate);
      assert.equal(await waits, thread);
    }));

  test('that is cancelled where another one blocks the loop ends with it', () =>
    onLoop(async (on, loop) => {
      const { blocks } = await startBlocking(on);
      const waits = threadOf.with(on)();
      for (const task of [blocks, waits]) {
        task.cancel();
        await failsWith(task, 'ERR_TASK_CANCELED');
      }
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('that blocks the loop only for a while makes the others wait', () =>
    onLoop(async (on) => {
      const { gate, blocks } = await startBlocking(on);
      const waits = add.with(on)(1, 2);
      assert.equal(waits.timeStarted, null);
      open(gate);
      assert.deepEqual(await Promise.all([blocks, waits]), ['blocked', 3]);
    }));
});
