/** What crosses: the same as from a thread, or from a process. */
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { backgroundTask, registerError, taskSupervisor, type Task } from 'atasker';
import '../support/leaks.ts';
import { inlineTasks, type InlineTasks } from 'atasker/testing';
import { echo } from '../tasks/basic.ts';
import { PaymentError, returning, throwing } from '../tasks/faults.ts';

/** An end of a task, but for the last line of its stack. */
async function endOf(task: Task): Promise<unknown> {
  return task.then(
    (result) => ({ result }),
    (error: Error) => ({ type: error.constructor, error: withoutStacks(error) }),
  );
}

/** An error as a plain object, with the errors in it; whose task it was differs. */
function withoutStacks(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutStacks(item, depth));
  if (!(value instanceof Error) || depth > 10) return value;
  const keys = Object.getOwnPropertyNames(value).filter((key) => !['stack', 'taskId', 'taskName'].includes(key));
  const properties = keys.map((key) => [key, withoutStacks((value as never)[key], depth + 1)]);
  return { name: value.name, message: value.message, ...(Object.fromEntries(properties) as object) };
}

const throwKinds = ['coded', 'unknown', 'aggregate', 'dom', 'undefined', 'null', 'string', 'number', 'object'] as const;
const oddKinds = ['symbol', 'function', 'proxy', 'getter', 'deep', 'hidden', 'pollution'] as const;
const returnKinds = ['function', 'symbol', 'weakMap', 'promise', 'generator', 'proxy', 'url', 'headers'] as const;
const moreReturnKinds = ['signal', 'oddKey', 'tooDeep', 'detached', 'fine'] as const;

const values = [
  new Date(1),
  new Map([[{ k: 1 }, new Set([2n])]]),
  Buffer.from('bytes'),
  { a: [Buffer.from('x'), Object.assign(new TypeError('inside'), { code: 'E_IN' })] },
  new URL('http://localhost/'),
  [() => {}],
  Symbol('no'),
  new PaymentError(3),
  new SharedArrayBuffer(4),
];

describe('an inline task', () => {
  let inline: InlineTasks;
  beforeEach(() => void (inline = inlineTasks()));
  afterEach(() => inline.stop());

  for (const tt of ['thread', 'process'] as const) {
    test(`ends with the same errors and values as one that runs in a ${tt}`, async () => {
      const calls = [
        ...[...throwKinds, ...oddKinds].map((kind) => () => throwing.with({ tt })(kind)),
        ...[...returnKinds, ...moreReturnKinds].map((kind) => () => returning.with({ tt })(kind) as Task),
        ...values.map((value) => () => echo.with({ tt })(value)),
        ...values.map((value) => () => throwing.with({ tt })('given', value)),
      ];
      const here = await Promise.all(calls.map((call) => endOf(call())));
      await inline.stop();
      const there = await Promise.all(calls.map((call) => endOf(call())));
      inline = inlineTasks();
      assert.deepEqual(here, there);
    });
  }

  test('gets its arguments as they were at the call, and gives a copy of its result', async () => {
    const kept: { list: number[] }[] = [];
    const keep = backgroundTask((value: { list: number[] }) => {
      kept.push(value);
      value.list.push(99);
      return value;
    });
    const value = { list: [1] };
    const task = keep(value);
    value.list.push(2);
    const result = await task;
    assert.deepEqual([kept, result, value], [[{ list: [1, 99] }], { list: [1, 99] }, { list: [1, 2] }]);
    assert.notEqual(result, kept[0]);
  });

  test('fails with an error that says so at the end of its stack; its class comes back if it is registered', async () => {
    const decline = backgroundTask(() => {
      throw new PaymentError(7);
    });
    const error = await decline().catch((reason: unknown) => reason as Error);
    assert.deepEqual([error instanceof PaymentError, error.name, error], [false, 'PaymentError', error]);
    registerError(PaymentError);
    const registered = await decline().catch((reason: unknown) => reason);
    assert.ok(registered instanceof PaymentError && registered.twice() === 14);
    assert.match(registered.stack!, /at task anonymous \(inline\)$/);
  });

  test('says which task it was whose arguments could not be cloned', async () => {
    const task = echo(() => {});
    await assert.rejects(task, { code: 'ERR_TASK_CLONE', direction: 'args', taskId: task.id, taskName: 'echo' });
  });
});

test('with clone: false references pass, and an error is the very object that was thrown', async () => {
  const inline = inlineTasks({ clone: false });
  const value = { fn: () => 1 };
  const error = new PaymentError(1);
  for (const tt of ['thread', 'process'] as const) {
    const same = backgroundTask((given: unknown) => given, { tt });
    assert.equal(await same(value), value);
    const fail = backgroundTask(
      () => {
        throw error;
      },
      { tt },
    );
    await assert.rejects(fail(), (reason) => reason === error);
  }
  await inline.stop();
});

after(() => taskSupervisor.stop());
