import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { TaskSupervisor, backgroundWorker, isTaskError } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { Executions } from '../../support/calls.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';

const STEPS = ['put', 'put', 'end', 'fail', 'turn', 'time', 'pause', 'resume', 'stop', 'drain', 'start'] as const;

type Step = (typeof STEPS)[number];

/** Whatever is done to a queue worker, each job that it takes is executed once and in its order. */
async function liveThrough(steps: readonly Step[], concurrency: number, maxSize: number): Promise<void> {
  const clock = new ManualClock();
  const supervisor = new TaskSupervisor({ clock });
  const executions = new Executions();
  const options = { supervisor, queue: true, concurrency, maxSize, backOff: true, onError: () => {} } as const;
  const worker = backgroundWorker(executions.execute, options);
  let put = 0;
  let hasStopped = false;
  const accepted: number[] = [];
  const refused: unknown[] = [];
  for (const step of steps) {
    const job = put;
    if (step === 'put')
      void worker.put(put++).then(
        () => accepted.push(job),
        (error) => refused.push(error),
      );
    else if (step === 'end' && executions.open > 0) executions.end();
    else if (step === 'fail' && executions.open > 0) executions.end(new Error('no'));
    else if (step === 'turn') await turn();
    else if (step === 'time') clock.advance('10s');
    else if (step === 'pause') worker.pause();
    else if (step === 'resume') worker.resume();
    else if (step === 'stop') void worker.stop();
    else if (step === 'drain') void worker.stop({ drain: true });
    else if (step === 'start' && worker.isStopped()) worker.start();
    await Promise.resolve();
    hasStopped ||= step === 'stop' || step === 'drain';
    assert.ok(worker.info().running <= concurrency);
    assert.ok(hasStopped || worker.size <= maxSize);
  }
  while (executions.begun.list.length < put - refused.length || worker.info().running > 0) {
    if (worker.isStopped()) worker.start();
    worker.resume();
    while (executions.open > 0) executions.end();
    await turn();
    clock.advance('10s');
    await turn();
  }
  assert.deepEqual(
    executions.begun.list.map(([job]) => job),
    accepted.toSorted((a, b) => a - b),
  );
  assert.ok(refused.every((error) => isTaskError(error, 'ERR_WORKER_STOPPED')));
  assert.equal((await supervisor.stop()).unfinished.length, 0);
}

test(
  'whatever is done to a queue worker, each job that it takes is executed once and in its order',
  { timeout: 60_000 },
  async () => {
    const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 40, size: 'max' });
    const sizes = fc.integer({ min: 1, max: 3 });
    const property = fc.asyncProperty(steps, sizes, sizes, liveThrough);
    await fc.assert(property, { numRuns: 300, timeout: 10_000, endOnFailure: true });
  },
);
