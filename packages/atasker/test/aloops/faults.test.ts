import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import '../support/leaks.ts';
import { collect, turn, whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { onLoop } from '../support/aloop.ts';
import { failsWith } from '../support/fails-with.ts';

import { blockAt, blockUntil, exitLoopAt, failAt, meet, spinBeside, strayAt, threadOf } from '../tasks/aloops.ts';
import { add } from '../tasks/basic.ts';

describe('a task on an aloop', () => {
  test('that throws fails alone', () =>
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

  test('leaves an error beside itself: it fails with that, the others finish there, and what comes has another thread', () =>
    onLoop(async (on) => {
      const [gate, later] = [newGate(), newGate()];
      const started = whenStarted(on.supervisor, 2);
      const beside = meet.with(on)(later);
      const stray = strayAt.with(on)(gate, 'stray');
      await started;
      open(gate);
      await assert.rejects(stray, { name: 'RangeError', message: 'stray' });
      const next = await threadOf.with(on)();
      assert.equal(beside.isCompleted(), false);
      const exited = collect(on.supervisor, 'threadExited', 1);
      open(later);
      const { threadId: old } = await beside;
      assert.notEqual(next, old);
      assert.deepEqual(await exited, [{ threadId: old, exitCode: 0 }]);
    }));

  test('that exits takes the others with it, and the loop is there for the next one', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 2);
      const beside = meet.with(on)(newGate());
      const exits = exitLoopAt.with(on)(gate);
      await started;
      open(gate);
      for (const task of [beside, exits]) {
        const error = await failsWith(task, 'ERR_TASK_LOST');
        assert.equal(error['exitCode'], 7);
      }
      assert.equal(await loop.run(add, 1, 2), 3);
      assert.equal(on.supervisor.getInfo().totals.lost, 2);
    }));

  test('hears of its cancel in synchronous code, also if another one was cancelled last', () =>
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

  test('that ignores its cancel is settled after the grace, and harms nobody', () =>
    onLoop(async (on) => {
      const [gate, other] = [newGate(), newGate()];
      const started = whenStarted(on.supervisor, 2);
      const ignores = meet.with(on)(gate);
      const beside = meet.with(on)(other);
      await started;
      ignores.cancel();
      await failsWith(ignores, 'ERR_TASK_CANCELED');
      assert.equal(on.supervisor.getInfo().aloops[0]!.pool.running, 2, 'it keeps its slot');
      const late = collect(on.supervisor, 'lateResult', 1);
      open(gate);
      assert.deepEqual((await late)[0]!.task, ignores);
      open(other);
      assert.equal((await beside).met, 2);
    }));

  test('that blocks the loop, and is to be ended, is ended with it: the others are lost', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 2);
      const beside = meet.with(on)(newGate());
      const blocks = blockAt.with(on)(gate);
      await started;
      open(gate);
      blocks.cancel('enough');
      assert.equal((await failsWith(blocks, 'ERR_TASK_CANCELED')).cause, 'enough');
      const error = await failsWith(beside, 'ERR_TASK_LOST');
      assert.match((error.cause as Error).message, /stood still when blockAt was to be ended/);
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('that goes on after its cancel, and blocks the loop only then, is ended with it, too', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 2);
      const beside = meet.with(on)(newGate());
      const blocks = blockAt.with(on)(gate);
      await started;
      blocks.cancel();
      await failsWith(blocks, 'ERR_TASK_CANCELED');
      open(gate);
      await failsWith(beside, 'ERR_TASK_LOST');
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('waits while nobody knows whether the loop that it would be sent to must be ended', () =>
    onLoop(async (on, loop) => {
      const gate = newGate();
      const thread = await loop.run(threadOf);
      const started = whenStarted(on.supervisor, 1);
      const blocks = blockUntil.with(on)(gate);
      await started;
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
      const started = whenStarted(on.supervisor, 1);
      const blocks = blockUntil.with(on)(newGate());
      await started;
      const waits = threadOf.with(on)();
      for (const task of [blocks, waits]) {
        task.cancel();
        await failsWith(task, 'ERR_TASK_CANCELED');
      }
      assert.equal(await loop.run(add, 1, 2), 3);
    }));

  test('that blocks the loop only for a while makes the others wait', () =>
    onLoop(async (on) => {
      const gate = newGate();
      const started = whenStarted(on.supervisor, 1);
      const blocks = blockUntil.with(on)(gate);
      await started;
      const waits = add.with(on)(1, 2);
      assert.equal(waits.timeStarted, null);
      open(gate);
      assert.deepEqual(await Promise.all([blocks, waits]), ['blocked', 3]);
    }));
});
