/**
 * A program that gives one pool a random life in real time: bursts of up to 2,000 tasks of each priority, parents and
 * children, values of every size, a main thread that is busy at times, and threads that are retired all the time.
 *
 *   node build/test/life/churn.js SEED SECONDS
 *
 * It fails if a task ends otherwise than planned, if a task of a lower priority begins while a higher one waits, if
 * tasks of one priority overtake each other, if the event loop is blocked for 5 s, or if it does not end by itself.
 */
import assert from 'node:assert/strict';
import { setEnvironmentData } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';
import { TaskSupervisor, type SupervisorOptions, type Task } from 'atasker';
import { PRIORITIES } from '../../src/core/priority.ts';
import { Random } from '../support/random.ts';
import { watchEventLoop } from '../support/event-loop-watch.ts';
import { echo, FAILS, parent, STARTS } from '../tasks/churn.ts';
import { checkOrder, type Called } from './start-order.ts';

/** Tasks of each priority in one burst, at most. */
const MOST = 2_000;

const [seed = 1, seconds = 5] = process.argv.slice(2).map(Number);
const random = new Random(seed);
const starts = new Int32Array(new SharedArrayBuffer(4 * (1 + 8 * MOST)));
setEnvironmentData(STARTS, starts.buffer);

const options = anyOptions();
watchEventLoop(5_000, `seed ${seed}, ${JSON.stringify(options)}`);
const supervisor = new TaskSupervisor(options);
const counts = { rounds: 0, tasks: 0, failed: 0, canceled: 0 };

try {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) await round();
  await supervisor.stop();
  const { tasks, pools } = supervisor.getInfo();
  assert.deepEqual(tasks, []);
  assert.equal(pools.thread!.alive, 0);
  console.log(JSON.stringify(counts));
} catch (error) {
  console.log(`seed ${seed}, round ${counts.rounds}, ${JSON.stringify(options)}`);
  throw error;
}

function anyOptions(): SupervisorOptions & { threadPool: { maxSize: number; idleTimeout: number } } {
  const limits = {
    poolSize: random.integer(1, 4),
    reserveNormal: random.integer(0, 1),
    reserveHigh: random.integer(0, 1),
    ...(random.chance(0.3) ? { maxQueue: random.integer(1, 500), whenFull: 'wait' as const } : {}),
  };
  const seats = limits.poolSize + limits.reserveNormal + limits.reserveHigh;
  const threadPool = {
    ...limits,
    idleTimeout: random.integer(5, 50),
    minSize: random.integer(0, 2),
    maxSize: seats + random.integer(1, 4),
  };
  const processPool = { ...limits, idleTimeout: 20 * threadPool.idleTimeout };
  return { transport: random.pick(['shared', 'message'] as const), threadPool, processPool };
}

async function round(): Promise<void> {
  counts.rounds += 1;
  if (random.chance(0.4)) await families();
  else await burst();
  if (random.chance(0.5)) await pause(random.integer(0, 2 * options.threadPool.idleTimeout));
  if (random.chance(0.3)) block(random.integer(1, 30));
}

/** Many plain tasks in one go: their order is checked. */
async function burst(): Promise<void> {
  const calls: Called[] = [];
  const tasks: Promise<void>[] = [];
  starts.fill(0);
  const size = random.chance(0.3) ? MOST : random.integer(1, 200);
  const longest = random.pick([0, 50, 300]);
  const count = size * PRIORITIES.length * (longest === 300 ? 0.1 : 1);
  const isSorted = random.chance(0.4); // the least urgent are called first
  for (let n = 0; n < count; n += 1) {
    const priority = isSorted ? PRIORITIES[Math.floor((n * PRIORITIES.length) / count)]! : random.pick(PRIORITIES);
    const value = random.chance(0.02) ? FAILS : random.value();
    const task = echo.with({ supervisor, priority })(n, random.integer(0, longest), value);
    calls.push({ n, priority, startsBefore: Atomics.load(starts, 0) });
    tasks.push(ends(task, value));
    if (random.chance(0.001)) block(random.integer(1, 20));
    if (random.chance(0.002)) await Promise.resolve();
    if (random.chance(0.002)) await pause(0);
  }
  await Promise.all(tasks);
  checkOrder(calls, starts, options.threadPool.maxSize);
}

/** Tasks that end as they like, with parents, cancels, delays and new priorities among them. */
async function families(): Promise<void> {
  const ended: Promise<void>[] = [];
  starts.fill(0);
  for (let n = random.integer(1, 40); n > 0; n -= 1) {
    const priority = random.pick(PRIORITIES);
    const tt = random.chance(0.03) ? 'process' : 'thread';
    const call = { supervisor, priority, tt, delay: random.chance(0.2) ? random.integer(1, 20) : 0 } as const;
    const children = random.integer(0, 4);
    const task: Task = random.chance(0.7)
      ? parent.with(call)(n, random.integer(0, 2_000), children, random.integer(0, 3))
      : echo.with(call)(n, random.integer(0, 2_000), children);
    const isCanceled = random.chance(0.1) && cancelLater(task);
    ended.push(ends(task, children, isCanceled));
    if (random.chance(0.2)) task.setPriority(random.pick(PRIORITIES));
    if (random.chance(0.1)) await pause(random.integer(0, 10));
  }
  await Promise.all(ended);
}

function cancelLater(task: Task): true {
  void pause(random.integer(0, 5)).then(() => task.cancel());
  return true;
}

async function ends(task: Task, value: unknown, mayBeCanceled = false): Promise<void> {
  counts.tasks += 1;
  try {
    assert.deepEqual(await task, value);
    assert.notEqual(value, FAILS);
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    if (mayBeCanceled && code === 'ERR_TASK_CANCELED') counts.canceled += 1;
    else if (value === FAILS && message === FAILS) counts.failed += 1;
    else throw error;
  }
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
