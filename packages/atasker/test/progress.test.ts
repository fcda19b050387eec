import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Task } from 'atasker';
import { inlineTasks } from 'atasker/testing';
import { LatestValue } from '../src/task/progress.ts';
import { collect, whenStarted } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import './support/leaks.ts';
import { one, within } from './support/within.ts';
import {
  callLate,
  leaveReport,
  report,
  reportAtOnce,
  reportChanged,
  reportForEver,
  reportFunction,
  watchChild,
} from './tasks/progress.ts';

const TYPES = ['thread', 'process', 'async'] as const;

/** All progress values of a task. */
function progressOf(task: Task): unknown[] {
  const seen: unknown[] = [];
  task.onProgress((value) => seen.push(value));
  return seen;
}

for (const tt of TYPES) {
  describe(`progress of a task (${tt})`, () => {
    test('is in task.progress, with its listeners and in the event; the last value always comes', async () => {
      await within({}, async (supervisor) => {
        const events: unknown[] = [];
        supervisor.on('taskProgress', (event) => events.push(event));
        const task = report.with({ supervisor, tt })('begins', { done: [1, 2] });
        assert.equal(task.progress, undefined);
        const seen = progressOf(task);
        const stop = task.onProgress(() => assert.fail('it does not listen any more'));
        stop();
        await task;
        assert.deepEqual(task.progress, { done: [1, 2] });
        assert.deepEqual(seen.at(-1), { done: [1, 2] });
        assert.deepEqual(
          events,
          seen.map((progress) => ({ task, progress })),
        );
      });
    });

    test('a listener that throws is reported and harms nobody', async () => {
      await within({}, async (supervisor) => {
        const errors = collect(supervisor, 'error', 1);
        const task = report.with({ supervisor, tt })(1);
        task.onProgress(() => {
          throw new Error('of a listener');
        });
        const seen = progressOf(task);
        await task;
        const [{ error, source }] = (await errors) as [{ error: Error; source: string }];
        assert.deepEqual([error.message, source, seen], ['of a listener', 'onProgress of report', [1]]);
      });
    });

    test('is not reported after the end', async () => {
      await within({ threadPool: { ...one, maxSize: 1 }, processPool: { ...one, maxSize: 1 } }, async (supervisor) => {
        const task = leaveReport.with({ supervisor, tt })();
        const seen = progressOf(task);
        await task;
        await callLate.with({ supervisor, tt })();
        assert.deepEqual([seen, task.progress], [[], undefined]);
      });
    });

    test('of a child reaches its parent in a thread', async () => {
      await within({}, async (supervisor) => {
        const errors = collect(supervisor, 'error', 1);
        const { seen, progress } = await watchChild.with({ supervisor })(tt);
        assert.deepEqual([seen.at(-1), progress], [{ done: true }, { done: true }]);
        assert.equal((await errors)[0]!.source, 'onProgress of report');
      });
    });
  });
}

for (const tt of ['thread', 'process'] as const) {
  describe(`progress from a ${tt}`, () => {
    test('comes out of synchronous code, in order, for as long as that runs', async () => {
      await within({}, async (supervisor) => {
        const task = reportForEver.with({ supervisor, tt })();
        const seen: number[] = [];
        task.onProgress((value) => {
          if (seen.push(value as number) === 5) task.cancel();
        });
        await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
        assert.ok(seen.length >= 5);
        assert.deepEqual(
          seen,
          seen.toSorted((a, b) => a - b),
        );
        assert.equal(new Set(seen).size, seen.length);
      });
    });

    test('is copied at the call: later changes do not reach it', async () => {
      const task = reportChanged.with({ tt })();
      const seen = progressOf(task);
      await task;
      assert.deepEqual(seen.at(0), { n: 0 });
      assert.deepEqual(seen.at(-1), { n: 2 });
    });

    test('that cannot be sent is refused at the call', async () => {
      assert.match(await reportFunction.with({ tt })(), /^ERR_TASK_CLONE progress\.onClick is a function/);
    });
  });
}

test('of 1,000 values that arrive while the reader is busy it gets the first and the last', async () => {
  await within({}, async (supervisor) => {
    const gate = newGate();
    const started = whenStarted(supervisor, 1);
    const task = reportAtOnce.with({ supervisor })(1_000, gate);
    const seen = progressOf(task);
    await started;
    Atomics.wait(gate.words, 0, 0); // this thread reads nothing meanwhile
    open(gate);
    await task;
    assert.ok(seen.length <= 3, `${seen.length} values came`);
    assert.deepEqual([seen[0], task.progress], [{ n: 1 }, { n: 1_000 }]);
  });
});

test('an inline task reports its progress as a task in a thread does', async () => {
  const inline = inlineTasks();
  const task = reportChanged();
  const seen = progressOf(task);
  await task;
  assert.deepEqual(seen, [{ n: 0 }, { n: 1 }, { n: 2 }]);
  assert.match(await reportFunction(), /^ERR_TASK_CLONE progress\.onClick is a function/);
  await inline.stop();
});

test('onProgress takes functions only', async () => {
  const task = report();
  assert.throws(() => task.onProgress(1 as never), { code: 'ERR_INVALID_OPTION' });
  await task;
});

test('at most one value is on its way, none is older than the one before, and the last value arrives', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('put', 'arrived'), { maxLength: 40, size: 'max' }), (steps) => {
      const sent: number[] = [];
      let read = 0;
      let last = 0;
      const latest = new LatestValue<number>((value) => sent.push(value));
      for (const step of steps) {
        if (step === 'put') latest.put(++last);
        else if (latest.isUnderWay) {
          read += 1;
          latest.arrived();
        }
        assert.ok(sent.length - read <= 1);
        assert.equal(latest.isUnderWay, sent.length > read);
      }
      latest.flush();
      assert.equal(sent.at(-1) ?? 0, last);
      assert.deepEqual(
        sent,
        [...new Set(sent)].toSorted((a, b) => a - b),
      );
    }),
  );
});
