import assert from 'node:assert/strict';
import { failsWith, type Failure } from './ends.ts';
import { rows } from './row.ts';
import { echo, lengthsOf, returnFine, returnRefused, returnShared } from './tasks.ts';
import { fine, refusals, refused, type Refused } from './values.ts';

const kinds = Object.keys(refused) as Refused[];

export const valueRows = rows('values', [
  {
    name: 'a result that cannot leave its thread fails the task, and the error names the place',
    needs: ['copies'],
    run: async ({ on }) => {
      for (const kind of kinds) {
        const error = await failsWith(returnRefused.with(on)(kind), 'ERR_TASK_CLONE');
        assertRefused(error, 'result', kind);
      }
    },
  },
  {
    name: 'a result that cannot leave its thread does not delay later results of that thread',
    needs: ['copies', 'ends'],
    pool: { maxSize: 1, startTimeout: '60s' },
    run: async ({ on }) => {
      for (const kind of kinds) {
        const task = returnRefused.with(on)(kind);
        const next = echo.with({ ...on, queueTimeout: '20s' })(kind);
        await failsWith(task, 'ERR_TASK_CLONE');
        assert.deepEqual(await next, [kind]);
      }
    },
  },
  {
    name: 'views arrive in buffers of their own length, both ways',
    needs: ['copies'],
    run: async ({ on }) => {
      const small = Buffer.from('seven b');
      const part = new Float64Array(new ArrayBuffer(1_024), 64, 2);
      assert.deepEqual(await lengthsOf.with(on)([small, part, new Map([['x', small]])]), [7, 16, 7]);
      const back = (await echo.with(on)(small, { part }, new Set([small]))) as [
        Buffer,
        { part: Float64Array },
        Set<Buffer>,
      ];
      assert.deepEqual([back[0].toString(), back[1].part.length], ['seven b', 2]);
      for (const { buffer, byteLength } of [back[0], back[1].part, ...back[2]])
        assert.equal(buffer.byteLength, byteLength);
    },
  },
  {
    name: 'arguments that cannot leave their thread fail the task, and the error names the place',
    needs: ['copies'],
    run: async ({ on }) => {
      for (const kind of kinds) {
        const error = await failsWith(echo.with(on)(refused[kind]()), 'ERR_TASK_CLONE');
        assertRefused(error, 'args', kind);
      }
    },
  },
  {
    name: 'the pool still works after a thousand refused values',
    needs: ['copies'],
    run: async ({ on }) => {
      const tasks = Array.from({ length: 1000 }, (_, n) =>
        n % 2 === 0 ? returnRefused.with(on)('function') : echo.with(on)(() => {}),
      );
      const ends = await Promise.allSettled(tasks);
      assert.ok(ends.every(({ status }) => status === 'rejected'));
    },
  },
  {
    name: 'shared memory does not leave a process',
    needs: ['processes'],
    run: async ({ on }) => {
      const taken = await failsWith(echo.with(on)(new SharedArrayBuffer(4)), 'ERR_TASK_CLONE');
      assert.deepEqual([taken['direction'], taken['path']], ['args', 'arguments[0]']);
      const returned = await failsWith(returnShared.with(on)(), 'ERR_TASK_CLONE');
      assert.deepEqual([returned['direction'], returned['path']], ['result', 'result.memory']);
    },
  },
  {
    name: 'shared memory stays shared among threads',
    needs: ['threads'],
    run: async ({ on }) => {
      const { memory } = await returnShared.with(on)();
      const [there] = (await echo.with(on)(memory)) as [SharedArrayBuffer];
      new Int32Array(there)[0] = 7;
      assert.equal(new Int32Array(memory)[0], 7);
    },
  },
  {
    name: 'values that can be sent come back equal: a Buffer as a Buffer, an error as it was, an instance as a plain object',
    needs: ['copies'],
    run: async ({ on }) => {
      const result = await returnFine.with(on)();
      assertFine(result);
      assertFine((await echo.with(on)(result))[0] as ReturnType<typeof fine>);
    },
  },
  {
    name: 'arguments are taken at the call: later changes do not reach the task',
    needs: ['copies'],
    run: async ({ on }) => {
      const mutable = { list: [1], bytes: new Uint8Array([1]) };
      const task = echo.with(on)(mutable);
      mutable.list.push(2);
      mutable.bytes[0] = 9;
      assert.deepEqual(await task, [{ list: [1], bytes: new Uint8Array([1]) }]);
      assert.equal(mutable.bytes.length, 1, 'the buffer of the caller stays with the caller');
    },
  },
  {
    name: 'values that cannot be cloned are passed by reference to a task in the same thread',
    needs: ['references'],
    run: async ({ on }) => {
      const fn = (): void => {};
      assert.deepEqual(await echo.with(on)(fn), [fn]);
    },
  },
]);

function assertRefused(error: Failure, direction: 'args' | 'result', kind: Refused): void {
  const [place, fact] = refusals[kind];
  const root = direction === 'args' ? 'arguments' : 'result';
  const value = direction === 'args' ? `${root}[0]` : root;
  const path = place === null ? root : value + place;
  assert.deepEqual([error['direction'], error['path']], [direction, path]);
  assert.ok(error.message.startsWith(`${path} ${fact}`.trimEnd()), error.message);
  assert.match(error.message, / cannot leave the thread/);
}

function assertFine(result: Record<string, unknown>): void {
  const { point, error, ...rest } = fine();
  const { point: plain, error: sameError, ...same } = result;
  assert.deepEqual(same, rest);
  assert.ok(Buffer.isBuffer(same['buffer']) && !Buffer.isBuffer(same['bytes']));
  assert.deepEqual([plain, Object.getPrototypeOf(plain)], [{ ...(point as object) }, Object.prototype]);
  assert.ok(sameError instanceof RangeError);
  assert.equal(sameError.message, (error as Error).message);
}
