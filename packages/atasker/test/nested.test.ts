import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTaskError } from 'atasker';
import './support/leaks.ts';
import { collect, whenStarted } from './support/events.ts';
import { one, within } from './support/within.ts';
import { newGate, open } from './support/gate.ts';
import { add } from './tasks/basic.ts';
import {
  callChild,
  childFacts,
  failingChild,
  grandparent,
  holdChildren,
  lateChild,
  mapChildren,
  parentOfMany,
  sharedCallback,
  startAndForget,
  startWithoutEnd,
  surviveChild,
  timeHere,
  waitForChildren,
  withAsyncChild,
} from './tasks/nested.ts';

describe('a task that starts tasks:', () => {
  test('100 parents that each await a child run in a pool of one thread', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      const parents = Array.from({ length: 100 }, (_, n) => callChild.with({ supervisor })(n));
      assert.deepEqual(
        await Promise.all(parents),
        Array.from({ length: 100 }, (_, n) => n * 2 + 1),
      );
      assert.ok(supervisor.getInfo().pools.thread!.alive <= 4, 'suspended parents do not pile up');
    });
  });

  test('children that wait do not count against maxQueue', async () => {
    await within({ threadPool: { ...one, maxQueue: 1 } }, async (supervisor) => {
      const gate = newGate();
      const queued = collect(supervisor, 'taskQueued', 4);
      const parent = holdChildren.with({ supervisor })(gate, 3);
      await queued;
      const accepted = add.with({ supervisor })(1, 2);
      await assert.rejects(add.with({ supervisor })(1, 2), { code: 'ERR_TASK_REJECTED' });
      open(gate);
      await parent;
      assert.equal(await accepted, 3);
    });
  });

  for (const how of ['exit', 'throw'] as const) {
    test(`goes on when its child has died (${how}), before what waits gets the slot`, async () => {
      await within({ threadPool: one }, async (supervisor) => {
        for (let round = 0; round < 30; round += 1) {
          await add.with({ supervisor })(1, 2); // a thread is awake
          const parent = surviveChild.with({ supervisor, priority: 'high' })(how);
          const others = await Promise.all([1, 2, 3].map(() => timeHere.with({ supervisor })()));
          const [began, end] = await parent;
          assert.ok(others.every((time) => time < began || time > end)); // it may have been just about to be taken
        }
      });
    });
  }

  test('a pool at maxSize starts one more thread for a child', async () => {
    await within({ threadPool: { ...one, maxSize: 1 } }, async (supervisor) => {
      assert.equal(await callChild.with({ supervisor })(1), 3);
    });
  });

  test('a child has at least the priority of its parent and an id of its own', async () => {
    await within({}, async (supervisor) => {
      const parent = childFacts.with({ supervisor, priority: 'high' })();
      const facts = await parent;
      assert.deepEqual(facts.priorities, { low: 'high', critical: 'critical', detached: 'low' });
      assert.deepEqual(facts.statuses, [0, 200]);
      assert.ok(facts.ids.every((id) => id.startsWith(parent.id)));
      assert.equal(new Set(facts.ids).size, facts.ids.length);
      assert.equal(facts.childSawItsId, true);
    });
  });

  test('an error of a child comes back whole', async () => {
    await within({}, async (supervisor) => {
      const error = await failingChild.with({ supervisor })();
      assert.deepEqual(error, { isTypeError: true, message: 'of the child', code: 'E_CHILD', status: -2 });
    });
  });

  test('a child that is cancelled by its parent rejects there', async () => {
    await within({}, async (supervisor) => {
      assert.deepEqual(await waitForChildren.with({ supervisor })('cancel'), [
        'AbortError',
        'ERR_TASK_CANCELED',
        'mine',
        -1,
      ]);
      assert.deepEqual(await waitForChildren.with({ supervisor })('signal'), [
        'AbortError',
        'ERR_TASK_CANCELED',
        'signal',
        -1,
      ]);
    });
  });

  test('cancelling a parent cancels its children and theirs, but for detached ones', async () => {
    await within({ cancelGrace: 200 }, async (supervisor) => {
      const gate = newGate();
      const started = whenStarted(supervisor, 4);
      const parent = grandparent.with({ supervisor })(gate);
      const names = (await started).map(({ name }) => name).toSorted();
      assert.deepEqual(names, ['grandchild', 'grandparent', 'middle', 'wait detached']);
      const canceled = collect(supervisor, 'taskCanceled', 3);
      const completed = collect(supervisor, 'taskCompleted', 1);
      parent.cancel('all of you');
      await assert.rejects(parent, { code: 'ERR_TASK_CANCELED' });
      assert.deepEqual((await canceled).map(({ task }) => task.name).toSorted(), [
        'grandchild',
        'grandparent',
        'middle',
      ]);
      open(gate);
      assert.equal((await completed)[0]?.task.name, 'wait detached');
    });
  });

  test('a child has what is left of the deadline of its parent, also when that has ended', async () => {
    await within({ cancelGrace: 0 }, async (supervisor) => {
      const failed = collect(supervisor, 'taskFailed', 1);
      await add.with({ supervisor })(1, 1); // from here on no thread has to start
      await startWithoutEnd.with({ supervisor, deadline: 1500 })();
      const [event] = await failed;
      assert.equal(event?.task.name, 'forEver');
      assert.ok(isTaskError(event?.error, 'ERR_TASK_DEADLINE'));
    });
  });

  test('a parent of a thread can start an async child, which runs with the supervisor', async () => {
    await within({}, async (supervisor) => {
      assert.deepEqual(await withAsyncChild.with({ supervisor })(), { child: false, parent: true });
    });
  });

  test('children of many parents at once, mapped, and with a callback in the thread', async () => {
    await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
      const parents = Array.from({ length: 20 }, (_, n) => parentOfMany.with({ supervisor })(n, 5));
      assert.deepEqual(
        await Promise.all(parents),
        Array.from({ length: 20 }, (_, n) => 5 * n + 10),
      );
      assert.deepEqual(await mapChildren.with({ supervisor })([1, 2, 3]), [3, 5, 7]);
      assert.equal(await sharedCallback.with({ supervisor })(), 'callback got 3 in context');
    });
  });

  test('a child that nobody awaits runs on, also while the supervisor stops', async () => {
    const results = await within({ threadPool: one }, async (supervisor) => {
      const ended = collect(supervisor, 'taskCompleted', 2);
      const gate = newGate();
      assert.equal(await startAndForget.with({ supervisor })(gate), 'gone');
      const stopped = supervisor.stop();
      open(gate);
      assert.equal((await stopped).completed, 1);
      return (await ended).map(({ task }) => task.result);
    });
    assert.deepEqual(new Set(results), new Set(['gone', 3]));
  });

  test('a child that is called after an await of something else, with the parent in a pool of one', async () => {
    await within({ threadPool: one }, async (supervisor) => {
      assert.equal(await lateChild.with({ supervisor })(), 3);
    });
  });
});
