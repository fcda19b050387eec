import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskSupervisor } from 'atasker';
import { failsWith, failure } from './ends.ts';
import { rows } from './row.ts';
import { add, busyFor, link, untilAborted } from './tasks.ts';
import { whenStarted } from './events.ts';

/** A module that every thread or process loads before anything of the library. */
async function preload(source: string): Promise<AsyncDisposable & { readonly execArgv: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'atasker-contract-'));
  const file = join(folder, 'preload.cjs');
  await writeFile(file, source);
  return {
    execArgv: ['--require', file],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Two threads may read the wall clock that far apart. */
const CLOCK_ERROR_MS = 25;

const WAITS = 'for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);';
const THROWS = `throw new Error('it cannot be preloaded');`;

/** Counts the threads and processes that have been started, and calls back with the number. */
function countStarts(supervisor: TaskSupervisor, counted: (starts: number) => void = () => {}): () => number {
  let starts = 0;
  const count = (): void => counted((starts += 1));
  supervisor.on('threadStarted', count);
  supervisor.on('processStarted', count);
  return () => starts;
}

export const startRows = rows('start', [
  {
    name: 'the task and its caller use the same clock: timeStarted lies between the call and the end',
    run: async ({ on }) => {
      const before = Date.now();
      const task = busyFor.with({ ...on, timeout: '30s' })(60);
      assert.equal(await task, 'in time');
      const times = [before, task.timeQueued, task.timeStarted!, task.timeCompleted! - 50, Date.now()];
      const inOrder = times.every((time, index) => index === 0 || time >= times[index - 1]! - CLOCK_ERROR_MS);
      assert.ok(inOrder, times.join(' '));
    },
  },
  {
    name: 'if every start hangs, the pool breaks once, after three starts, however many tasks wait',
    needs: ['alone', 'near'],
    isNoisy: true,
    run: async ({ on, supervisor, configure }) => {
      await using waits = await preload(WAITS);
      configure({ execArgv: waits.execArgv, startTimeout: 700 });
      const starts = countStarts(supervisor);
      const errors: Error[] = [];
      supervisor.on('poolBroken', ({ error }) => errors.push(error));
      const tasks = Array.from({ length: 5 }, () => add.with(on)(1, 2));
      for (const task of tasks) {
        const error = await failsWith(task, 'ERR_POOL_BROKEN');
        assert.match(error.message, /did not start within 700 ms/);
      }
      assert.equal(errors.length, 1);
      assert.ok(starts() <= 3, `${starts()} starts`);
      await failsWith(add.with(on)(1, 2), 'ERR_POOL_BROKEN');
      assert.equal(errors.length, 1, 'that is the same outage');
      configure({ execArgv: [], startTimeout: '10s' });
      assert.equal(await add.with(on)(1, 2), 3);
    },
  },
  {
    name: 'tasks wait for the threads that live, if no further one can be started',
    needs: ['alone', 'near'],
    isNoisy: true,
    run: async ({ on, supervisor, configure }) => {
      await using throws = await preload(THROWS);
      const started = whenStarted(supervisor, 1);
      const held = untilAborted.with(on)();
      await started;
      supervisor.on('poolBroken', ({ error }) => assert.fail(error));
      const enough = new Promise<void>((resolve) => {
        countStarts(supervisor, (starts) => starts === 6 && resolve());
      });
      configure({ poolSize: 3, execArgv: throws.execArgv });
      const tasks = Array.from({ length: 5 }, (_, n) => add.with(on)(n, 1));
      await enough;
      held.cancel();
      assert.deepEqual(await Promise.all(tasks), [1, 2, 3, 4, 5]);
      await assert.rejects(held);
      configure({ execArgv: [] });
    },
  },
  {
    name: 'if no living thread can take a task, the pool is broken, also for tasks that wait for their children',
    needs: ['alone'],
    isNoisy: true,
    run: async ({ on, configure }) => {
      await using throws = await preload(THROWS);
      assert.equal(await add.with(on)(1, 2), 3);
      configure({ execArgv: throws.execArgv });
      const error = await failure(link.with(on)(on.tt, on.loop, 2));
      assert.equal(error['code'], 'ERR_POOL_BROKEN');
      configure({ execArgv: [] });
    },
  },
]);
