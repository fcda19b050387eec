import assert from 'node:assert/strict';
import { failsWith, failure, type Failure } from './ends.ts';
import { collect, whenStarted } from './events.ts';
import type { ContractPool } from './pool.ts';
import { poolInfoOf } from './subject.ts';
import { rows, type RowBody } from './row.ts';
import {
  add,
  exiting,
  hanging,
  meddle,
  never,
  returnLate,
  spin,
  strikeAside,
  striking,
  thenStrike,
  type Hang,
} from './tasks.ts';

const hangs: readonly Hang[] = ['an endless loop', 'a wait without end', 'a bad regular expression'];

/** It ends for whoever awaits it, and nobody else waits for what it blocks. */
const hangRows = hangs.map((how): RowBody => ({
  name: `${how} is ended by timeout and by cancel`,
  needs: ['ends'],
  cancelGrace: 0,
  run: async ({ on, supervisor }) => {
    await failsWith(hanging.with({ ...on, timeout: 50 })(how), 'ERR_TASK_TIMEOUT');
    const started = whenStarted(supervisor, 1);
    const task = hanging.with(on)(how);
    await started;
    assert.equal(task.cancel('enough'), true);
    assert.equal((await failsWith(task, 'ERR_TASK_CANCELED')).cause, 'enough');
  },
}));

const exitRows = [0, 7].map((exitCode): RowBody => ({
  name: `a task that calls process.exit(${exitCode}) fails with ERR_TASK_LOST and the exit code`,
  needs: ['ends'],
  run: async ({ on }) => {
    const error = await failsWith(exiting.with(on)(exitCode), 'ERR_TASK_LOST');
    assert.equal(error['exitCode'], exitCode);
    assert.equal(typeof (error['threadId'] ?? error['pid']), 'number');
  },
}));

const signalRows = (['SIGKILL', 'SIGSEGV', 'abort'] as const).map((strike): RowBody => ({
  name: `a task whose process is ended by ${strike} is lost, and its error names the signal`,
  needs: ['processes'],
  isNoisy: true,
  run: async ({ on }) => {
    const error = await failsWith(striking.with(on)(strike), 'ERR_TASK_LOST');
    assert.equal(error['signal'], strike === 'abort' ? 'SIGABRT' : strike);
    assert.equal(/short of memory/.test(error.message), strike === 'SIGKILL');
  },
}));

const asideRows = (['throw', 'reject', 'non-error'] as const).flatMap((strike): RowBody[] => [
  {
    name: `an uncaught error fails the task that runs when it occurs: ${strike}`,
    needs: ['ends'],
    run: async ({ on }) => assertStruck(await failure(strikeAside.with(on)(strike)), strike),
  },
  {
    name: `an uncaught error after the task has returned is reported and harms no other task: ${strike}`,
    needs: ['ends'],
    run: async ({ on, supervisor }) => {
      const late = collect(supervisor, 'lateError', 1);
      const task = thenStrike.with(on)(strike);
      const next = add.with(on)(1, 2);
      assert.deepEqual([await task, await next], ['returned', 3]);
      assertStruck((await late)[0]!.error as Failure, strike);
    },
  },
]);

function assertStruck(error: Failure, strike: string): void {
  const { code, message, thrown } = error;
  if (strike === 'non-error') assert.deepEqual([code, thrown], ['ERR_TASK_NON_ERROR', 'struck']);
  else assert.deepEqual([error instanceof RangeError, code, message], [true, 'E_STRUCK', 'struck']);
}

export const endRows = rows('a function that goes wrong', [
  ...hangRows,
  {
    name: 'a task that is blocked in native code ends at once, and its thread counts until it is gone',
    needs: ['ends', 'threads'],
    cancelGrace: 0,
    pool: { maxSize: 2 },
    run: async ({ on, subject, supervisor }) => {
      const alive: number[] = [];
      const exited: unknown[] = [];
      supervisor.on('threadStarted', () => alive.push(poolInfoOf(subject, supervisor)!.alive));
      supervisor.on('threadExited', (event) => exited.push(event));
      const blocked = striking.with({ ...on, timeout: 50 });
      await failsWith(blocked('native block'), 'ERR_TASK_TIMEOUT');
      assert.deepEqual(exited, [], 'the task did not wait for its thread');
      await failsWith(blocked('native block'), 'ERR_TASK_TIMEOUT');
      assert.equal(await add.with(on)(1, 2), 3);
      assert.ok(Math.max(...alive) <= 2);
    },
  },
  {
    name: 'a process that is blocked in native code ends at once',
    needs: ['processes'],
    cancelGrace: 0,
    run: async ({ on }) => {
      await failsWith(striking.with({ ...on, timeout: 50 })('native block'), 'ERR_TASK_TIMEOUT');
    },
  },
  ...exitRows,
  ...signalRows,
  {
    name: 'a full heap fails its own task',
    needs: ['ends'],
    isNoisy: true,
    pool: { heapMb: 32 },
    run: async ({ on }) => {
      await failsWith(striking.with(on)('memory'), 'ERR_TASK_OUT_OF_MEMORY');
    },
  },
  {
    name: 'the error of a full heap in a process has the end of its standard error',
    needs: ['processes'],
    isNoisy: true,
    pool: { heapMb: 32 },
    run: async ({ on }) => {
      const error = await failsWith(striking.with(on)('memory'), 'ERR_TASK_OUT_OF_MEMORY');
      assert.match(String(error['stderr']), /FATAL ERROR/);
      assert.ok(String(error['stderr']).length <= 4096);
    },
  },
  {
    name: 'a stack overflow is an ordinary failure',
    run: async ({ on }) => {
      const error = await failure(striking.with(on)('stack'));
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /call stack/);
    },
  },
  ...asideRows,
  {
    name: 'process.exit() after the task has returned harms no other task',
    needs: ['ends'],
    run: async ({ on }) => {
      for (let round = 0; round < 3; round += 1) {
        const task = thenStrike.with(on)('exit');
        const next = Array.from({ length: 3 }, (_, n) => add.with(on)(n, 1));
        assert.equal(await task, 'returned');
        assert.deepEqual(await Promise.all(next), [1, 2, 3]);
      }
    },
  },
  {
    name: 'a task that never settles is ended by timeout, by cancel and by stop',
    needs: ['alone'],
    cancelGrace: 0,
    run: neverSettles,
  },
  {
    name: 'a task that cannot be ended is settled anyway, and keeps its slot',
    needs: ['shares'],
    cancelGrace: 0,
    pool: { poolSize: 4 },
    run: neverSettles,
  },
  {
    name: 'a result that a task returns after cancel or timeout is dropped, and reported as late',
    run: async ({ on, supervisor }) => {
      const late = collect(supervisor, 'lateResult', 2);
      await failsWith(returnLate.with({ ...on, timeout: 30 })(), 'ERR_TASK_TIMEOUT');
      const started = whenStarted(supervisor, 1);
      const task = returnLate.with(on)();
      await started;
      task.cancel();
      await failsWith(task, 'ERR_TASK_CANCELED');
      assert.deepEqual(
        (await late).map(({ result }) => result),
        ['late', 'late'],
      );
      assert.equal(task.result, undefined);
    },
  },
  {
    name: 'synchronous code can see in its signal that it should stop',
    needs: ['ends'],
    cancelGrace: '10s',
    run: async ({ on, supervisor }) => {
      const late = collect(supervisor, 'lateResult', 1);
      await failsWith(spin.with({ ...on, timeout: 30 })(), 'ERR_TASK_TIMEOUT');
      assert.equal((await late)[0]!.result, 'TimeoutError heard');
    },
  },
  {
    name: 'a task that closes its channels or writes to them does no harm',
    needs: ['ends'],
    run: async ({ on }) => {
      assert.equal(await meddle.with(on)(), 'unharmed');
    },
  },
]);

async function neverSettles({ on, supervisor }: ContractPool): Promise<void> {
  await failsWith(never.with({ ...on, timeout: 30 })(), 'ERR_TASK_TIMEOUT');
  for (const end of ['cancel', 'stop'] as const) {
    const started = whenStarted(supervisor, 1);
    const task = never.with(on)();
    await started;
    const stopped = end === 'cancel' ? task.cancel() : supervisor.stop({ cancelTasks: true });
    await failsWith(task, 'ERR_TASK_CANCELED');
    await stopped;
  }
}
