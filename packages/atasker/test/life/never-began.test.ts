import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskStatus, type Task, type TaskOptions, type TaskSupervisor, type SupervisorOptions } from 'atasker';
import { counted, shareCounts } from '../pool/run-queue/counted.ts';
import '../support/leaks.ts';
import { isLong } from '../support/long.ts';
import { Random } from '../support/random.ts';
import { within } from '../support/within.ts';
import { markFile } from '../tasks/mark-file.ts';

const IN_THREADS = isLong ? 100_000 : 20_000;
const IN_PROCESSES = isLong ? 20_000 : 5_000;

/** Keeps the processors busy, so that threads and processes are interrupted anywhere. */
function keepBusy(t: TestContext): void {
  if (!isLong) return;
  const loops = [0, 1].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  t.after(() => loops.forEach((loop) => loop.kill('SIGKILL')));
}

/** How many tasks are called at a time. */
const OUT = 64;

const PATIENCE = ['1ms', '2ms', '3ms', '20ms'] as const;

type Submit = (id: number, options: TaskOptions) => Task;

/** Ends tasks early while they wait, begin or run, and returns all of them. */
async function giveUpMany(count: number, submit: Submit): Promise<Task[]> {
  const random = new Random(count);
  const tasks = [submit(0, {})]; // no limit is set before something runs
  await tasks[0];
  const submitSome = async (): Promise<void> => {
    while (tasks.length < count) {
      const id = tasks.length;
      const queueTimeout = random.pick(PATIENCE);
      const task = submit(id, { queueTimeout, cancelGrace: 0 });
      tasks.push(task);
      if (id % 3 === 0) setImmediate(() => task.cancel());
      await task.catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: OUT }, submitSome));
  return tasks;
}

/**
 * A task that says that it never began has left no mark; one that has left a mark says when it began. Only one that was
 * ended at its first instruction has begun and left none.
 */
function check(tasks: readonly Task[], marks: ArrayLike<number>): void {
  const began = tasks.filter(({ timeStarted }) => timeStarted !== null).length;
  const wrong = tasks.filter((task, id) => {
    if (task.timeStarted === null) return marks[id] !== 0;
    return marks[id] !== 1 && (task.status === TaskStatus.completed || marks[id] !== 0);
  });
  assert.deepEqual(wrong, []);
  assert.ok(began > 0 && began < tasks.length, `${began} of ${tasks.length} have begun`);
}

const THREADS = { threadPool: { poolSize: 2 }, cancelGrace: 0 };

const inThreads: readonly [string, SupervisorOptions, (supervisor: TaskSupervisor) => TaskOptions][] = [
  ['threads that take their tasks', { ...THREADS, transport: 'shared' }, () => ({})],
  ['threads that are sent their tasks', { ...THREADS, transport: 'message' }, () => ({})],
  ['an aloop', { cancelGrace: 0 }, (supervisor) => ({ loop: supervisor.createAloop('io', { daemon: true }).name })],
];

for (const [where, options, place] of inThreads) {
  test(`of many tasks that are given up all the time in ${where}, none of those that say that they never began has run`, async (t) => {
    keepBusy(t);
    const marks = shareCounts(IN_THREADS);
    await within(options, async (supervisor) => {
      const own = { supervisor, ...place(supervisor) };
      check(await giveUpMany(IN_THREADS, (id, limits) => counted.with({ ...own, ...limits })(id)), marks);
    });
  });
}

test('of many tasks that are given up all the time in processes, none of those that say that they never began has run', async (t) => {
  keepBusy(t);
  const folder = await mkdtemp(join(tmpdir(), 'atasker-marks-'));
  const file = join(folder, 'marks');
  try {
    await within({ processPool: { poolSize: 2 }, cancelGrace: 0 }, async (supervisor) => {
      const own = { supervisor, tt: 'process' as const };
      const tasks = await giveUpMany(IN_PROCESSES, (id, limits) => markFile.with({ ...own, ...limits })(id, file));
      await supervisor.stop();
      const marks = new Int32Array(IN_PROCESSES);
      for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) marks[Number(line)]! += 1;
      check(tasks, marks);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
