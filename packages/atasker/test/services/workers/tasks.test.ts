import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackgroundQueueWorker, TaskSupervisor, backgroundTask, backgroundWorker } from 'atasker';
import { Calls } from '../../support/calls.ts';
import { collect, turn } from '../../support/events.ts';
import { newGate, open } from '../../support/gate.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { holdHere } from '../../tasks/async.ts';
import { returnFalse, square, stateInPool } from '../../tasks/workers.ts';

describe('where an executor runs:', () => {
  test("a task function runs where its options say, as a task of the worker's supervisor with its priority", () =>
    within({}, async (supervisor) => {
      const ended = collect(supervisor, 'taskCompleted', 2);
      const worker = backgroundWorker(square, { supervisor, priority: 'high', queue: true }).start();
      for (const n of [2, 3]) await worker.put(n);
      const results = (await ended).map(({ task }) => task.result);
      assert.deepEqual(results, [
        { square: 4, inPool: true, priority: 'high' },
        { square: 9, inPool: true, priority: 'high' },
      ]);
      assert.equal(worker.name, 'square');
      await worker.drain();
    }));

  test('without a priority of the worker a task keeps its own', () =>
    within({}, async (supervisor) => {
      const ended = collect(supervisor, 'taskCompleted', 1);
      const worker = backgroundWorker(square.with({ priority: 'low' }), { supervisor, queue: true }).start();
      await worker.put(2);
      assert.equal((await ended)[0]!.task.priority, 'low');
      await worker.drain();
    }));

  test('the result of a task function that is the method run reaches processResult, which runs in the program', () =>
    within({}, async (supervisor) => {
      const results = new Calls();
      class Squares extends BackgroundQueueWorker<number> {
        protected override run = square;
        protected override processResult(result: unknown): void {
          results.add([(result as { square: number }).square, this.name]);
        }
      }
      const worker = new Squares({ supervisor, name: 'squares' }).start();
      for (const n of [2, 3]) await worker.put(n);
      await worker.drain();
      assert.deepEqual(results.list, [
        [4, 'squares'],
        [9, 'squares'],
      ]);
    }));

  test('a task that returns false stops the worker too', () =>
    within({}, async (supervisor) => {
      const stopped = new Calls<string>();
      supervisor.on('workerStopped', ({ reason }) => stopped.add(reason));
      backgroundWorker(returnFalse, { supervisor }).start();
      await stopped.reach(1);
      assert.deepEqual(stopped.list, ['returnedFalse']);
    }));

  test('a task that fails is a failure of the executor, as it was thrown', () =>
    within({}, async (supervisor) => {
      const failed = new Calls();
      const error = new RangeError('no');
      const fail = backgroundTask(() => Promise.reject(error), { tt: 'async' });
      backgroundWorker(fail, { supervisor, onError: (failure) => failed.add(failure) }).start();
      await failed.reach(1);
      assert.equal(failed.list[0], error);
    }));

  test("tasks that a plain executor calls belong to the worker's supervisor, unless they name another one", () =>
    within({}, (supervisor) =>
      within({}, async (other) => {
        const gate = newGate();
        open(gate);
        const started = Promise.all([collect(supervisor, 'taskStarted', 1), collect(other, 'taskStarted', 1)]);
        backgroundWorker(
          async () => {
            await holdHere(gate);
            await holdHere.with({ supervisor: other })(gate);
            return false;
          },
          { supervisor },
        ).start();
        await started;
      }),
    ));
});

test('in a pool thread a worker does not start', () =>
  within({}, async (supervisor) => {
    assert.deepEqual(await stateInPool.with({ supervisor })(), [true, false, false, false, 0]);
  }));

describe('a supervisor that stops', () => {
  test('stops its workers first: running executions may finish and still call tasks, and no other code may', async () => {
    const supervisor = new TaskSupervisor();
    const gate = newGate();
    const began = new Calls();
    const results: unknown[] = [];
    const worker = backgroundWorker(
      async (name: string) => {
        began.add(1);
        await holdHere(gate);
        results.push(await holdHere(gate, name));
      },
      { supervisor, queue: true },
    ).start();
    for (const name of ['first', 'stays']) await worker.put(name);
    await began.reach(1);
    const stopping = supervisor.stop();
    await turn();
    await assert.rejects(holdHere.with({ supervisor })(gate), { code: 'ERR_SUPERVISOR_STOPPED' });
    assert.throws(() => backgroundWorker(() => {}, { supervisor }).start(), { code: 'ERR_SUPERVISOR_STOPPED' });
    open(gate);
    assert.deepEqual(await stopping, { completed: 2, failed: 1, canceled: 0, lost: 0, unfinished: [] });
    assert.deepEqual([results, worker.isStopped(), worker.size], [['first'], true, 1]);
    supervisor.start();
    worker.start();
    await worker.drain();
    assert.deepEqual(results, ['first', 'stays']);
    await supervisor.stop();
  });

  test('cancels the task of a worker with all others; that is no failure of the worker', async () => {
    const supervisor = new TaskSupervisor({ cancelGrace: 0 });
    const failures: unknown[] = [];
    supervisor.on('workerFailed', (event) => void failures.push(event));
    const started = collect(supervisor, 'taskStarted', 1);
    const gate = newGate();
    const worker = backgroundWorker(holdHere, { supervisor }).start(gate);
    await started;
    const report = await supervisor.stop({ cancelTasks: true });
    assert.equal(report.canceled, 1);
    assert.equal(worker.isStopped(), true);
    assert.deepEqual(failures, []);
    open(gate);
  });

  test('may be stopped by an executor or a job, which it does not wait for', async () => {
    const supervisor = new TaskSupervisor();
    const unfinished = new Calls<readonly unknown[]>();
    const stopIt = async (): Promise<void> => unfinished.add((await supervisor.stop()).unfinished);
    const worker = backgroundWorker(stopIt, { supervisor, name: 'last' }).start();
    await unfinished.reach(1);
    assert.deepEqual(unfinished.list, [[{ id: 'worker last', name: 'last', status: 100 }]]);
    await worker.stop();
    supervisor.start();
    supervisor.createAsyncJob({ target: stopIt });
    await unfinished.reach(2);
    assert.deepEqual(unfinished.list[1], []);
  });

  test('gives up on an executor that does not end, and names it', async () => {
    const supervisor = new TaskSupervisor({ cancelGrace: 5 });
    let end = (): void => {};
    const began = new Calls();
    const worker = backgroundWorker(
      () => {
        began.add(1);
        return new Promise<void>((resolve) => (end = resolve));
      },
      { supervisor, name: 'endless' },
    ).start();
    await began.reach(1);
    const { unfinished } = await supervisor.stop({ wait: 10 });
    assert.deepEqual(unfinished, [{ id: 'worker endless', name: 'endless', status: 100 }]);
    assert.deepEqual(supervisor.getInfo().workers, []);
    assert.equal(worker.isStopped(), false);
    end();
    await worker.stop();
    supervisor.start();
    worker.start();
    await began.reach(2);
    const stopping = supervisor.stop();
    end();
    assert.deepEqual((await stopping).unfinished, []);
  });
});

test('getInfo lists the workers that are active', () =>
  within({}, async (supervisor) => {
    const worker = backgroundWorker((_job: string) => {}, { supervisor, name: 'mails', queue: true }).start();
    worker.pause();
    for (const job of ['a', 'b']) await worker.put(job);
    assert.deepEqual(supervisor.getInfo().workers, [
      {
        name: 'mails',
        kind: 'queue',
        state: 'started',
        isPaused: true,
        running: 0,
        runs: 0,
        failures: 0,
        lastExecuted: null,
        nextRun: null,
        backOff: 0,
        skipped: 0,
        queued: 2,
      },
    ]);
    assert.deepEqual(worker.info(), supervisor.getInfo().workers[0]);
    await worker.stop();
    assert.deepEqual(supervisor.getInfo().workers, []);
  }));
