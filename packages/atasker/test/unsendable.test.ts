import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { coMpApply, isTaskError, TaskError } from 'atasker';
import { decodeError, encodeError } from '../src/wire/errors.ts';
import './support/leaks.ts';
import { failsWith } from './support/fails-with.ts';
import { within } from './support/within.ts';
import { untilAborted } from './tasks/async.ts';
import { add, echo } from './tasks/basic.ts';
import { withOptions } from './tasks/put.ts';

describe('what cannot be sent is named:', () => {
  const out: PromiseLike<unknown>[] = [];
  const started = <T extends PromiseLike<unknown>>(value: T): T => {
    out.push(value);
    return value;
  };
  const plain = add.with({ tt: 'async' });
  const emitter = new EventEmitter().on('something', () => {});
  const rows: readonly [string, () => unknown, string, string][] = [
    ['a task', () => started(plain(1, 2)), 'arguments[0]', 'is a Task that nobody has awaited'],
    [
      'a map, deep in a value',
      () => ({ all: [started(plain.map([1], { args: [1] }))] }),
      'arguments[0].all[0]',
      'is a TaskMap that nobody',
    ],
    ['a promise', () => Promise.resolve(1), 'arguments[0]', 'is a Promise'],
    ['a socket', () => ({ socket: new Socket() }), 'arguments[0].socket', 'is a Socket, a socket or stream,'],
    ['a stream', () => Readable.from([]), 'arguments[0]', 'is a Readable, a socket or stream,'],
    ['an emitter with listeners', () => [emitter], 'arguments[0][0]', 'is an EventEmitter, an EventEmitter,'],
  ];
  for (const [what, make, path, words] of rows) {
    test(what, async () => {
      for (const tt of ['thread', 'process'] as const) {
        const value = make();
        const error = await failsWith(echo.with({ tt })(value), 'ERR_TASK_CLONE');
        assert.equal(error['path'], path);
        assert.ok(error.message.startsWith(`${path} ${words}`), error.message);
      }
      await Promise.all(out);
    });
  }
});

describe('an error like those of HTTP clients', () => {
  class HttpError extends Error {
    readonly code = 'ERR_BAD_REQUEST';
    readonly config = { url: 'http://x/', retries: 2, transform: [() => 1] };
    readonly request = { socket: new Socket() };
    readonly response: object = { status: 404, data: { reason: 'none' }, config: this.config, request: this.request };
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever was kept
  type Kept = Record<string, any>;

  test('keeps what can be kept of its response, and names the rest where it stands', () => {
    const error = new HttpError('404') as HttpError & { response: Record<string, unknown> };
    error.response['self'] = error.response;
    error.response['when'] = new Date(0);
    Object.defineProperty(error.response, 'bad', { enumerable: true, get: () => assert.fail('a getter') });
    const back = decodeError(structuredClone(encodeError(error))) as typeof error;
    const { status, data, config, request, self, when, bad } = back.response as Kept;
    assert.deepEqual([back.code, status, data, config.url], ['ERR_BAD_REQUEST', 404, { reason: 'none' }, 'http://x/']);
    assert.match(config.transform[0], /^\[not available: response\.config\.transform\[0\] is a function and cannot/);
    assert.match(request.socket, /^\[not available: response\.request\.socket is a Socket, a socket or stream,/);
    assert.equal(self, back.response);
    assert.deepEqual(when, new Date(0));
    assert.match(bad, /^\[not available: response\.bad cannot be read\]$/);
    assert.deepEqual(back.config.retries, 2);
  });

  test('is cut where there is too much of it', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => ({ n, fn: () => n }));
    const back = decodeError(structuredClone(encodeError(Object.assign(new Error('many'), { many }))));
    const kept = (back as Error & { many: unknown[] }).many;
    assert.equal((kept[0] as { n: number }).n, 0);
    assert.match(kept[4_999] as string, /not available: many\[4999\] is part of a value that is too large/);
  });
});

test('isTaskError knows the errors of another copy of the library', () => {
  class TaskErrorOfAnotherCopy extends Error {
    readonly code = 'ERR_TASK_CANCELED';
  }
  Object.defineProperty(TaskErrorOfAnotherCopy.prototype, Symbol.for('atasker.TaskError'), { value: true });
  const foreign: unknown = new TaskErrorOfAnotherCopy();
  assert.ok(!(foreign instanceof TaskError) && isTaskError(foreign, 'ERR_TASK_CANCELED'));
  assert.ok(!isTaskError(foreign, 'ERR_TASK_LOST') && !isTaskError(new Error('other')) && !isTaskError(null));
});

test('kwargs become the last argument, of putTask and of coMpApply', async () => {
  await within({}, async (supervisor) => {
    const put = supervisor.putTask({ target: withOptions, args: [1, 2], kwargs: { x: 3 }, tt: 'async' } as never);
    assert.deepEqual(await put, [1, 2, { x: 3 }]);
    assert.deepEqual(await coMpApply(withOptions, { args: [1, 2], kwargs: { x: 3 }, supervisor }), [1, 2, { x: 3 }]);
    for (const kwargs of [5, null, 'x']) {
      const wrong = { target: withOptions, kwargs } as never;
      assert.throws(() => supervisor.putTask(wrong), {
        code: 'ERR_INVALID_OPTION',
        message: /^kwargs must be an object/,
      });
      await assert.rejects(coMpApply(withOptions, { kwargs: kwargs as never, supervisor }), { message: /kwargs/ });
    }
  });
});

test('putTask takes name, signal and time limits', async () => {
  await within({}, async (supervisor) => {
    const { signal } = new AbortController();
    const common = { target: untilAborted.fn, tt: 'async', signal } as const;
    const late = supervisor.putTask({ ...common, name: 'late', timeout: '1ms' });
    assert.equal(late.name, 'late');
    await failsWith(late, 'ERR_TASK_TIMEOUT');
    await failsWith(supervisor.putTask({ ...common, deadline: '1ms' }), 'ERR_TASK_DEADLINE');
    await failsWith(supervisor.putTask({ ...common, signal: AbortSignal.abort() }), 'ERR_TASK_CANCELED');
  });
});
