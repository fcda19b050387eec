import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, test } from 'node:test';
import { backgroundTask, setDebug, taskSupervisor, type Task } from 'atasker';
import './support/leaks.ts';
import { runNode } from './support/program.ts';
import { within } from './support/within.ts';
import { add, boom, never } from './tasks/basic.ts';
import { stackOfChild } from './tasks/debug.ts';

describe('diagnostics_channel', () => {
  test('atasker:task:* tells how each task goes, with the task; of a failed one also the error', async () => {
    const told: string[] = [];
    const listeners = ['queued', 'started', 'completed', 'failed', 'canceled'].map((event) => {
      const listener = (message: unknown): void => {
        const { task, ...more } = message as { task: Task };
        told.push([event, task.name, ...Object.entries(more)].join(' '));
      };
      return [`atasker:task:${event}`, listener] as const;
    });
    for (const [name, listener] of listeners) subscribe(name, listener);
    await within({}, async (supervisor) => {
      await add.with({ supervisor })(1, 2);
      await boom
        .with({ supervisor })('bad')
        .catch(() => {});
      const endless = never.with({ supervisor, tt: 'async', cancelGrace: 0 })();
      endless.cancel();
      await endless.catch(() => {});
    });
    for (const [name, listener] of listeners) unsubscribe(name, listener);
    await add(1, 2);
    const expected = [
      'queued add',
      'started add',
      'completed add',
      'queued boom',
      'started boom',
      'failed boom error,Error: bad',
    ];
    assert.deepEqual(told.slice(0, 6), expected);
    assert.deepEqual([told[6], told.at(-1)], ['queued never', 'canceled never']);
  });

  test('to hear of a failure there does not count as having seen it', async () => {
    const listener = (): void => {};
    subscribe('atasker:task:failed', listener);
    const ended = new Promise((resolve) => taskSupervisor.once('taskStarted', resolve));
    const task = boom('unseen');
    await ended;
    await taskSupervisor.stop();
    assert.equal((task as unknown as { isObserved: boolean }).isObserved, false);
    unsubscribe('atasker:task:failed', listener);
    assert.equal((task.error as Error).message, 'unseen');
  });
});

describe('NODE_DEBUG=atasker', () => {
  const program = `import { backgroundTask } from 'atasker';
    const work = backgroundTask((n) => { if (n < 0) throw new RangeError('negative'); }, { name: 'work', tt: 'async' });
    await work(1);
    await work(-1).catch(() => {});`;
  const run = (env: Record<string, string>): ReturnType<typeof runNode> =>
    runNode(['--input-type=module', '-e', program], { env });

  test('shows on standard error how each task goes', async () => {
    const { stderr, stdout, code } = await run({ NODE_DEBUG: 'atasker' });
    assert.deepEqual([stdout, code], ['', 0]);
    const line = (event: string): string => `ATASKER \\d+: ${event} \\w+-\\d work \\(async, normal\\)`;
    const events = ['taskQueued', 'taskStarted', 'taskCompleted', 'taskQueued', 'taskStarted', 'taskFailed'];
    assert.match(stderr, new RegExp(`^${events.map(line).join('\\n')} RangeError: negative`));
  });

  test('is quiet without it', async () => {
    assert.equal((await run({})).stderr, '');
  });
});

describe('setDebug(true)', () => {
  afterEach(() => setDebug(false));

  const stackOf = (task: PromiseLike<unknown>): Promise<string> =>
    Promise.resolve(task).then(
      () => 'it did not fail',
      (error: Error) => error.stack!,
    );

  test('adds to the errors of tasks where these were called', async () => {
    await within({ cancelGrace: 0 }, async (supervisor) => {
      const failures = function callsTheTask(): Promise<string>[] {
        const canceled = never.with({ supervisor })();
        canceled.cancel();
        const late = never.with({ supervisor, timeout: 1 })();
        return [boom.with({ supervisor })('bad'), canceled, late].map(stackOf);
      };
      for (const stack of await Promise.all(failures())) assert.doesNotMatch(stack, /submitted at/);
      setDebug();
      const stacks = await Promise.all(failures());
      for (const stack of stacks) assert.match(stack, /\n {4}submitted at\n {4}at .*callsTheTask .*logging\.test/);
      assert.match(stacks[0]!, /^Error: bad\n.*boom/);
      for (const stack of stacks) assert.doesNotMatch(stack, /submitted at[^]*dist\/index\.js/);
    });
  });

  test('in a thread adds it to the errors of what is called there', async () => {
    assert.match((await stackOfChild())!, /^Error: of the child[^]*submitted at\n.*stackOfChild/);
  });

  test("leaves an async task's own error as it is", async () => {
    setDebug();
    const error = new Error('my own');
    const { stack } = error;
    await assert.rejects(backgroundTask(() => Promise.reject(error), { tt: 'async' })(), error);
    assert.equal(error.stack, stack);
  });

  test('takes true or false', () => {
    assert.throws(() => setDebug(1 as never), { code: 'ERR_INVALID_OPTION' });
  });
});
