import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, currentTask, registerError, setTaskSupervisor, TaskSupervisor, waitCompleted } from 'atasker';
import './support/leaks.ts';
import { add, echo, readCurrent } from './tasks/basic.ts';

/** A wrong value, and a part of the message of its error. */
const cases: readonly (readonly [what: string, call: () => unknown, says: RegExp])[] = [
  [
    'poolSize NaN',
    () => new TaskSupervisor({ threadPool: { poolSize: Number.NaN } }),
    /^poolSize must be an integer of 0 or more, or Infinity, got NaN$/,
  ],
  [
    'mpPool',
    () => new TaskSupervisor({ mpPool: { poolSize: 2 } } as never),
    /has no option mpPool; did you mean processPool\?/,
  ],
  [
    'a class as a task function',
    () => backgroundTask(class Resizer {} as never),
    /^backgroundTask takes a function, got class Resizer: pass a function that creates an instance and calls its method$/,
  ],
  [
    'a task as a task function',
    () => backgroundTask(add.with({ tt: 'async' })(1, 2) as never),
    /^backgroundTask takes a function, got a task or promise: pass the function itself, and .*task\.with\(/,
  ],
  [
    'a generator as a task function of a thread',
    () =>
      backgroundTask(function* pages() {
        yield 1;
      }),
    /^backgroundTask takes .*, got generator function pages, .*: return an array .*currentTask\(\)\.progress.*tt: 'async'$/,
  ],
  ['poolSize -1', () => new TaskSupervisor({ threadPool: { poolSize: -1 } }), /poolSize .* got -1/],
  ['poolSize 1.5', () => new TaskSupervisor({ asyncPool: { poolSize: 1.5 } }), /poolSize .* got 1\.5/],
  ['poolSize as text', () => new TaskSupervisor({ threadPool: { poolSize: '2' as never } }), /poolSize .* got '2'/],
  [
    'reserveHigh Infinity',
    () => new TaskSupervisor({ threadPool: { reserveHigh: Infinity } }),
    /reserveHigh .* got Infinity/,
  ],
  [
    'maxSize below the slots',
    () => new TaskSupervisor({ threadPool: { poolSize: 4, maxSize: 5 } }),
    /maxSize must be at least poolSize plus both reserves \(6\), got 5/,
  ],
  [
    'maxSize below both reserves',
    () => new TaskSupervisor({ threadPool: { poolSize: 0, maxSize: 1 } }),
    /maxSize must be at least both reserves \(2\), got 1/,
  ],
  [
    'minSize above maxSize',
    () => new TaskSupervisor({ threadPool: { poolSize: 1, maxSize: 3, minSize: 4 } }),
    /maxSize must be at least minSize \(4\), got 3/,
  ],
  [
    'an unknown pool option',
    () => new TaskSupervisor({ threadPool: { size: 2 } as never }),
    /threadPool has no option size; did you mean poolSize\?/,
  ],
  ['an unknown supervisor option', () => new TaskSupervisor({ thredPool: {} } as never), /did you mean threadPool\?/],
  [
    'whenFull',
    () => new TaskSupervisor({ threadPool: { whenFull: 'drop' as never } }),
    /whenFull must be one of 'reject', 'wait', got 'drop'/,
  ],
  ['an empty id', () => new TaskSupervisor({ id: '' }), /id must be a string that is not empty/],
  [
    'a bad timeoutWarningFunc',
    () => new TaskSupervisor({ timeoutWarningFunc: 5 as never }),
    /timeoutWarningFunc must be a function, got 5/,
  ],
  ['args of a map, a text', () => add.map([1], { args: 'salt' as never }), /args must be an array, got 'salt'/],
  [
    'a resource limit',
    () => new TaskSupervisor({ threadPool: { resourceLimits: { maxOldGenerationSizeMB: 1 } as never } }),
    /resourceLimits has no option maxOldGenerationSizeMB; did you mean maxOldGenerationSizeMb\?/,
  ],
  ['a job to be cancelled', () => new TaskSupervisor().cancelAsyncJob(undefined as never), /job must be a job, got un/],
  ['a class of errors', () => registerError({} as never), /registerError takes a class that extends Error/],
  ['a delay in seconds', () => add.with({ delay: 0.1 }), /^delay 0\.1: numbers are milliseconds; write '100ms'$/],
  ['a delay of NaN', () => add.with({ delay: Number.NaN }), /delay must be .* got NaN/],
  ['a delay of Infinity', () => add.with({ delay: Infinity }), /delay must be .* got Infinity/],
  ['a negative timeout', () => add.with({ timeout: -5 }), /timeout must be .* got -5/],
  ['a duration without a unit', () => add.with({ timeout: '5' as never }), /timeout must be .* got '5'/],
  ['a duration in words', () => add.with({ timeout: '5 minutes' as never }), /timeout must be .* got '5 minutes'/],
  ['an invalid date', () => add.with({ deadline: new Date(Number.NaN) }), /deadline is an invalid Date/],
  [
    'a priority',
    () => add.with({ priority: 'urgent' as never }),
    /priority must be one of 'low', 'normal', 'high', 'critical', got 'urgent'/,
  ],
  ['a priority of atasker', () => add.with({ priority: 100 as never }), /priority must be one of .* got 100/],
  [
    'a task type',
    () => add.with({ tt: 'fiber' as never }),
    /tt must be one of 'thread', 'process', 'async', got 'fiber'/,
  ],
  ['a name', () => add.with({ name: 5 as never }), /name must be a string .* got 5/],
  ['a signal', () => add.with({ signal: {} as never }), /signal must be an AbortSignal, got \{\}/],
  ['a callback', () => add.with({ callback: 'no' as never }), /callback must be a function, got 'no'/],
  ['a supervisor', () => add.with({ supervisor: {} as never }), /supervisor must be a TaskSupervisor, got \{\}/],
  ['detached', () => add.with({ detached: 1 as never }), /detached must be true or false, got 1/],
  [
    'module',
    () => backgroundTask(() => {}, { module: 'tasks.js' }),
    /module must be import\.meta or a file: URL, got 'tasks\.js'/,
  ],
  ...(['type', 'pool', 'executor', 'runIn'] as const).map(
    (name) =>
      [
        `option ${name}`,
        () => add.with({ [name]: 'thread' } as never),
        new RegExp(`options has no option ${name}; did you mean tt\\?`),
      ] as const,
  ),
  ['a misspelt option', () => add.with({ prioritty: 'high' } as never), /did you mean priority\?/],
  [
    'an option like no other',
    () => add.with({ zzzzzzzzzz: 1 } as never),
    /has no option zzzzzzzzzz; known are name, priority/,
  ],
  ['no function', () => backgroundTask('text' as never), /backgroundTask takes a function, got 'text'/],
  ['null', () => backgroundTask(null as never), /backgroundTask takes a function, got null/],
  ['no supervisor', () => setTaskSupervisor({} as never), /setTaskSupervisor takes a TaskSupervisor, got \{\}/],
  [
    'a listener',
    () => new TaskSupervisor().on('stopped', undefined as never),
    /listener must be a function, got undefined/,
  ],
  ['getInfo', () => new TaskSupervisor().getInfo({ tt: 'fiber' as never }), /tt must be one of/],
  ['stop', () => new TaskSupervisor().stop({ wait: 'long' as never }), /wait must be .* got 'long'/],
  [
    'stop with an unknown option',
    () => new TaskSupervisor().stop({ cancel: true } as never),
    /stop options has no option cancel/,
  ],
  [
    'a writable property',
    () => (new TaskSupervisor().timeoutWarning = 0.5),
    /timeoutWarning 0\.5: numbers are milliseconds/,
  ],
];

describe('bad input throws at the call, and names option, value and what is allowed:', () => {
  for (const [what, call, says] of cases) {
    test(what, () => {
      assert.throws(call, (error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.equal((error as Error & { code?: string }).code, 'ERR_INVALID_OPTION');
        assert.match(error.message, says);
        return true;
      });
    });
  }

  test('setThreadPool with nonsense leaves the pool as it was', async () => {
    const supervisor = new TaskSupervisor({ threadPool: { poolSize: 3 } });
    await add.with({ supervisor })(1, 2);
    assert.throws(() => supervisor.setThreadPool({ poolSize: -1 }), RangeError);
    assert.equal(supervisor.getInfo().pools.thread?.poolSize, 3);
    supervisor.setThreadPool({ poolSize: undefined, reserveHigh: 2 });
    const { poolSize, reserveHigh } = supervisor.getInfo().pools.thread!;
    assert.deepEqual([poolSize, reserveHigh], [3, 2]);
    await supervisor.stop();
  });

  test('waitCompleted with something that is no task', async () => {
    const task = add(1, 2);
    for (const nonsense of [5, null, undefined, {}, [5], [task, null]]) {
      await assert.rejects(waitCompleted(nonsense as never), { code: 'ERR_INVALID_OPTION' });
    }
    await assert.rejects(waitCompleted(task, { timeOut: 5 } as never), { message: /did you mean timeout/ });
    await task;
  });

  test('currentTask outside of a task', () => {
    assert.throws(() => currentTask(), { code: 'ERR_NO_CURRENT_TASK' });
    assert.throws(readCurrent, { code: 'ERR_NO_CURRENT_TASK' });
  });

  test('arguments that cannot be cloned fail the task with the path, and are never queued', async () => {
    const task = echo({ items: [1, { onClick: () => {} }] });
    await assert.rejects(task, (error: Error & Record<string, unknown>) => {
      assert.equal(error['code'], 'ERR_TASK_CLONE');
      assert.equal(error.message, 'arguments[0].items[1].onClick is a function and cannot leave the thread');
      assert.deepEqual(
        [error['direction'], error['path'], error['taskId'], error['taskName']],
        ['args', 'arguments[0].items[1].onClick', task.id, 'echo'],
      );
      return true;
    });
    assert.equal(task.timeStarted, null);
  });
});
