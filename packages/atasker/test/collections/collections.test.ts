import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { currentTask, FunctionCollection, TASK_CRITICAL, TASK_HIGH, TASK_LOW, TaskCollection } from 'atasker';
import '../support/leaks.ts';
import { turn } from '../support/events.ts';
import { within } from '../support/within.ts';
import { failInThread, inThread } from '../tasks/collections.ts';

const fail = (message: string): never => {
  throw new Error(message);
};

for (const Collection of [FunctionCollection, TaskCollection]) {
  describe(`a ${Collection.name}`, () => {
    test('starts its functions by priority, then as they came, and gives their results by name', async () => {
      const order: string[] = [];
      const functions = new Collection();
      const member = (name: string) => async (): Promise<string> => {
        order.push(name);
        await turn();
        return name.toUpperCase();
      };
      functions.add(member('low'), { name: 'low', priority: TASK_LOW });
      functions.add(member('normal'), { name: 'normal' });
      functions.add(member('150'), { name: '150', priority: 150 });
      functions.add(member('normal too'), { name: 'normal too' });
      functions.add(member('high'), { name: 'high', priority: TASK_HIGH });
      functions.add(member('first'), { name: 'first', priority: -1 });
      functions.add(member('critical'), { name: 'critical', priority: TASK_CRITICAL });
      const result = await functions.run();
      const expected = ['first', 'critical', 'high', 'normal', 'normal too', '150', 'low'];
      assert.deepEqual(order, expected);
      assert.deepEqual(result, Object.fromEntries(expected.map((name) => [name, name.toUpperCase()])));
    });

    test('add gives the function back; one that was removed does not run', async () => {
      const functions = new Collection();
      const one = functions.add(function one() {
        return 1;
      });
      const two = functions.add(() => 2, { name: 'two' });
      functions.add(two, { name: 'two again' });
      assert.equal(one(), 1);
      assert.equal(functions.remove(two), true);
      assert.equal(functions.remove(two), false);
      assert.deepEqual(await functions.execute(), { result: { one: 1 }, allOk: true });
    });

    test('without onError: the others finish, then it rejects with the error of the one that failed', async () => {
      const functions = new Collection();
      const done: string[] = [];
      const error = new RangeError('bad');
      functions.add(() => Promise.reject(error), { name: 'bad' });
      functions.add(
        async () => {
          await turn();
          done.push('good');
        },
        { name: 'good' },
      );
      await assert.rejects(functions.run(), error);
      assert.deepEqual(done, ['good']);
      functions.add(() => fail('worse'), { name: 'worse' });
      const both = await functions.execute().catch((thrown: unknown) => thrown as AggregateError);
      assert.ok(both instanceof AggregateError);
      assert.deepEqual(both.errors.map(({ message }: Error) => message).toSorted(), ['bad', 'worse']);
    });

    test('with onError: onError is called, and allOk of the result is false', async () => {
      const told: string[] = [];
      const functions = new Collection({ onError: (error, name) => told.push(`${name}: ${(error as Error).message}`) });
      functions.add(() => fail('bad'), { name: 'a' });
      functions.add(() => 'fine', { name: 'b' });
      assert.deepEqual(await functions.execute(), { result: { a: undefined, b: 'fine' }, allOk: false });
      assert.deepEqual(told, ['a: bad']);
    });

    test('with an onError that throws: the others finish, then it rejects with that', async () => {
      const functions = new Collection({ onError: () => fail('of onError') });
      functions.add(() => fail('bad'), { name: 'a' });
      await assert.rejects(functions.run(), { message: 'of onError' });
    });

    test('with includeExceptions: the error is among the results', async () => {
      const functions = new Collection({ includeExceptions: true });
      const error = new Error('bad');
      functions.add(() => Promise.reject(error), { name: 'a' });
      assert.deepEqual(await functions.execute(), { result: { a: error }, allOk: false });
    });

    test('a name that is taken, or none, and wrong options are refused', () => {
      const functions = new Collection();
      functions.add(() => 1, { name: 'one' });
      assert.throws(() => functions.add(() => 2, { name: 'one' }), { code: 'ERR_NAME_IN_USE' });
      const wrong = [{}, { name: 1 }, { name: 'a', priority: NaN }, { name: 'a', priority: 'urgent' }, { named: 'a' }];
      for (const options of wrong) {
        assert.throws(() => functions.add(() => 3, options as never), { code: 'ERR_INVALID_OPTION' });
      }
      for (const options of [{ onErr: fail }, { onError: 1 }, { includeExceptions: 1 }]) {
        assert.throws(() => new Collection(options as never), { code: 'ERR_INVALID_OPTION' });
      }
      assert.throws(() => functions.add('one' as never), { code: 'ERR_INVALID_OPTION' });
    });

    test('without functions has no results', async () => {
      assert.deepEqual(await new Collection().execute(), { result: {}, allOk: true });
    });
  });
}

test('a FunctionCollection runs one function after another', async () => {
  const functions = new FunctionCollection();
  const events: string[] = [];
  for (const name of ['a', 'b']) {
    const member = async (): Promise<void> => {
      events.push(`${name} in`);
      await turn();
      events.push(`${name} out`);
    };
    functions.add(member, { name });
  }
  await functions.run();
  assert.deepEqual(events, ['a in', 'a out', 'b in', 'b out']);
});

test('a TaskCollection runs plain functions as async tasks here and task functions where they say, all at once', async () => {
  await within({}, async (supervisor) => {
    const queued: string[] = [];
    supervisor.on('taskQueued', ({ task }) => queued.push(`${task.name} ${task.tt} ${task.priority}`));
    const tasks = new TaskCollection({ supervisor, includeExceptions: true });
    tasks.add(inThread, { priority: 'high' });
    tasks.add(inThread.with({ priority: 'low' }), { name: 'as it is', priority: 1 });
    tasks.add(failInThread);
    tasks.add(function here() {
      return currentTask().name;
    });
    const { result, allOk } = await tasks.execute();
    assert.equal(allOk, false);
    assert.deepEqual(result['inThread'], { isPoolThread: true, priority: 'high' });
    assert.deepEqual(result['as it is'], { isPoolThread: true, priority: 'low' });
    assert.ok(result['failInThread'] instanceof TypeError);
    assert.equal(result['here'], 'here');
    assert.deepEqual(queued, [
      'inThread thread low',
      'inThread thread high',
      'failInThread thread normal',
      'here async normal',
    ]);
  });
});
