/**
 * A tour of Python atasker's documentation, in TypeScript: tasks, workers, aloops, async jobs, collections, Locker and g.
 * Each piece prints what it does; the program ends by itself.
 *
 * A thread evaluates this file too, but not the body of `main` at its end.
 */
import {
  BackgroundQueueWorker,
  BackgroundWorker,
  FunctionCollection,
  Locker,
  TASK_CRITICAL,
  TASK_HIGH,
  TASK_LOW,
  TASK_NORMAL,
  TT_COROUTINE,
  TT_MP,
  TaskCollection,
  TaskSupervisor,
  backgroundTask,
  backgroundWorker,
  coMpApply,
  currentTask,
  g,
  isPoolThread,
  main,
  taskSupervisor,
  waitCompleted,
} from 'atasker';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

// Tasks have to be defined while the file is evaluated: here, not in the functions below that call them.

/** @background_task on a function */
const mytask = backgroundTask(function mytask(): string {
  return isPoolThread ? 'I am working in the background!' : 'I am not in a thread';
});

/** @background_task on a method */
class Report {
  @backgroundTask()
  static async title(month: string): Promise<string> {
    return `Report of ${month}`;
  }

  async print(month: string): Promise<void> {
    say('method', await Report.title(month));
  }
}

/** What tests.mp.test is in Python: its own process and its task id come with the result. */
function test(a: number, b: number, c: number, { x }: { x: number }): { sum: number; hasId: boolean; pid: number } {
  return { sum: a + b + c + x, hasId: currentTask().id.length > 0, pid: process.pid };
}
const mpTest = backgroundTask(test, { priority: TASK_HIGH, tt: TT_MP });

const onLoop = backgroundTask(async () => (isPoolThread ? 'in a thread' : 'on the event loop'), { tt: TT_COROUTINE });

const square = backgroundTask(function square(n: number): number {
  return n * n;
});

/** An async task, worker and job of an aloop: each says which thread it is in. */
const whichThread = backgroundTask(async function whichThread(): Promise<number> {
  return threadId;
});

const ONE_AT_A_TIME = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };

const lock = new Locker({ name: 'ledger', timeout: '30s' });

/** Reads and writes: without a lock two of these at a time would lose an amount. */
const book = backgroundTask(function book(file: string, amount: number): void {
  lock.runSync(() => writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + amount)));
});

const visit = backgroundTask(function visit(): number {
  g.set('visits', g.get('visits', 0) + 1);
  return g.get('visits', 0);
});

/** class X(BackgroundWorker) with run() */
class Countdown extends BackgroundWorker {
  #left = 3;

  protected override run(): boolean {
    this.#left -= 1;
    say('loop', `${this.#left} left`);
    return this.#left > 0; // false stops it
  }
}

/** run_in_mp and process_result */
class Squares extends BackgroundQueueWorker<number> {
  protected override run = square.with({ tt: TT_MP });

  protected override processResult(result: number): void {
    say('process worker', `square ${result}`);
  }
}

void main(async () => {
  setPools();
  await tasks();
  await processes();
  await waiting();
  await priorities();
  await delays();
  await lateStarts();
  await lookingUp();
  info();
  await loopWorkers();
  await queueWorkers();
  await eventWorkers();
  await intervalWorkers();
  await asyncJobs();
  await aloops();
  await collections();
  await locks();
  await localStore();
  await stop();
});

/** At any time; here at the start, as in atasker. */
function setPools(): void {
  taskSupervisor.setThreadPool({ poolSize: 2, reserveNormal: 1, reserveHigh: 1 });
  taskSupervisor.setMpPool(ONE_AT_A_TIME);
}

async function tasks(): Promise<void> {
  say('thread', await mytask());
  await new Report().print('May');
  say('coroutine', await onLoop());
  const named = backgroundTask(mytask, { name: 'by another name', priority: TASK_LOW })();
  await named;
  say('by hand', `${named.name}, ${named.priority}, ${named.tt}, status ${named.status}`);
  await square.with({ callback: (result) => say('callback', `7 * 7 = ${result}`) })(7);
}

async function processes(): Promise<void> {
  const { sum, hasId, pid } = await mpTest(1, 2, 3, { x: 2 });
  say('process', `sum ${sum}, ${hasId ? 'with' : 'without'} a task id, ${where(pid)}`);
  const applied = await coMpApply(test, { args: [1, 2, 3, { x: 4 }], priority: TASK_HIGH });
  say('coMpApply', `sum ${applied.sum}, ${where(applied.pid)}`);
}

async function waiting(): Promise<void> {
  say('waitCompleted', `a list: ${(await waitCompleted([square(2), square(3), square(4)])).join(', ')}`);
  say('waitCompleted', `a single task: ${await waitCompleted(square(5))}`);
  const later = square.with({ delay: '1h' })(6);
  const timeout = waitCompleted([square(1), later], { timeout: 1 });
  await timeout.catch((error: Error) => say('waitCompleted', error.name));
  say('waitCompleted', `and the task goes on: status ${later.status}`);
  later.cancel();
  await later.catch((error: Error) => say('cancel', `${error.name}, status ${later.status}`));
}

/** While the only slot of the pool is taken, all of them wait; but a critical one does not. */
async function priorities(): Promise<void> {
  taskSupervisor.setAsyncPool(ONE_AT_A_TIME);
  const order: string[] = [];
  const [mayEnd, end] = signal();
  const first = taskSupervisor.putTask({ target: () => mayEnd, tt: TT_COROUTINE });
  const others = ([TASK_LOW, TASK_NORMAL, TASK_HIGH, TASK_CRITICAL] as const).map((priority) =>
    taskSupervisor.putTask({ target: () => order.push(priority), tt: TT_COROUTINE, priority }),
  );
  await others.at(-1);
  say('priorities', `${order.join(', ')} starts over a full pool`);
  end();
  await waitCompleted([first, ...others]);
  say('priorities', order.join(', '));
  taskSupervisor.setAsyncPool({ poolSize: Infinity });
}

async function delays(): Promise<void> {
  const task = square.with({ delay: '50ms' })(10);
  say('delay', `status ${task.status}`);
  await task;
  say('delay', `starts after its 50 ms: ${task.timeStarted! - task.timeQueued >= 50}`);
}

/** What a supervisor of one slot does when a task waits too long: it tells, while the task still waits. */
async function lateStarts(): Promise<void> {
  const [mayEnd, end] = signal();
  const supervisor = new TaskSupervisor({ asyncPool: ONE_AT_A_TIME, timeoutWarning: 10 });
  supervisor.timeoutWarningFunc = ({ id, status }) => {
    say('timeout warning', `${id}, status ${status}`);
    end();
  };
  supervisor.putTask({ target: () => mayEnd, tt: TT_COROUTINE });
  const late = supervisor.putTask({ target: () => 'late', tt: TT_COROUTINE, taskId: 'report' });
  say('timeout warning', `the task is done all the same: ${await late}`);
  await supervisor.stop();
}

async function lookingUp(): Promise<void> {
  const task = square.with({ delay: 10 })(9);
  say('getTask', `found: ${taskSupervisor.getTask(task.id) === task}`);
  const { id, tt, priority, timeQueued, result } = await task.then(() => task.info());
  say('info', `${id === task.id}, ${tt}, ${priority}, ${timeQueued <= task.timeStarted!}, ${result}`);
  say('getTask', taskSupervisor.getTask(task.id) === undefined ? 'nothing is kept of it' : 'it is kept');
}

function info(): void {
  const { thread, process } = taskSupervisor.getInfo({ tasks: false }).pools;
  say('pools', `${thread!.poolSize} threads and reserves ${thread!.reserveNormal}, ${thread!.reserveHigh}`);
  say('pools', `${process!.poolSize} process`);
}

async function loopWorkers(): Promise<void> {
  const countdown = new Countdown();
  countdown.start();
  await stopped(countdown);
  say('loop', countdown.isStopped() ? 'it has stopped' : 'it goes on');
}

async function queueWorkers(): Promise<void> {
  const greet = backgroundWorker((name: string, greeting: string) => say('queue', `${greeting} ${name}`), {
    queue: true,
  });
  greet.start('hello');
  for (const name of ['ann', 'bob']) await greet.put(name);
  await greet.stop({ drain: true });
  const squares = new Squares();
  squares.start();
  for (const n of [8, 9]) await squares.put(n);
  await squares.stop({ drain: true });
}

async function eventWorkers(): Promise<void> {
  let runs = 0;
  const [hasRun, tell] = signal();
  const count = (): void => {
    runs += 1;
    tell();
  };
  const save = backgroundWorker(count, { event: true });
  save.start();
  for (let change = 0; change < 100; change += 1) save.trigger();
  await hasRun;
  await save.stop();
  say('event', `100 triggers, ${runs} run`);
}

async function intervalWorkers(): Promise<void> {
  let ticks = 0;
  const tick = backgroundWorker(
    () => {
      ticks += 1;
      say('interval', `tick ${ticks}`);
      return ticks < 3;
    },
    { interval: '20ms' },
  );
  tick.start();
  await stopped(tick);
}

async function asyncJobs(): Promise<void> {
  const scheduler = taskSupervisor.createAsyncJobScheduler('light', { default: true });
  const [done, tell] = signal();
  let runs = 0;
  const target = (name: string): void => {
    runs += 1;
    say('async job', `${name} ${runs}`);
    if (runs === 3) tell();
  };
  taskSupervisor.createAsyncJob({ target, args: ['beat'], interval: '10ms', number: 3 });
  const never = taskSupervisor.createAsyncJob({ target, args: ['never'], timer: '1h', interval: '1h' });
  taskSupervisor.cancelAsyncJob({ job: never });
  await done;
  await scheduler.stop();
}

/** create_aloop, get_aloop, run, background_task(loop=…), background_worker(loop=…) and jobs in an aloop */
async function aloops(): Promise<void> {
  const loop = taskSupervisor.createAloop('myaloop', { default: true, daemon: true });
  const there = await loop.run(whichThread);
  say('aloop', `${there === threadId ? 'this thread' : 'a thread of its own'}, ${taskSupervisor.getAloop()!.name}`);
  const both = [loop.backgroundTask(whichThread)(), whichThread.with({ loop: 'myaloop' })()];
  say('aloop', `tasks are in the same one: ${(await waitCompleted(both)).every((id) => id === there)}`);
  say('aloop', `a coroutine without a loop, too: ${(await whichThread.with({ tt: TT_COROUTINE })()) === there}`);
  const worker = backgroundWorker(whichThread, { loop: 'myaloop', interval: '10ms' });
  say('aloop', `a worker, too: ${(await resultAfter(() => void worker.start())) === there}`);
  await worker.stop();
  taskSupervisor.createAsyncJobScheduler('jobs', { aloop: 'myaloop' });
  const job = { target: whichThread, scheduler: 'jobs' };
  say('aloop', `a job, too: ${(await resultAfter(() => void taskSupervisor.createAsyncJob(job))) === there}`);
  taskSupervisor.setDefaultAloop(null);
  await taskSupervisor.stopAloop('myaloop');
  say('aloop', loop.isActive() ? 'it goes on' : 'it has stopped');
  taskSupervisor.startAloop('myaloop');
  say('aloop', `and was started again: ${await loop.run(square, 3)}`);
}

async function collections(): Promise<void> {
  const cleanUp = new FunctionCollection({ onError: (error, name) => say('collection', `${name}: ${String(error)}`) });
  cleanUp.add(function removeFiles() {
    return 3;
  });
  const stopServer = (): never => {
    throw new Error('it has stopped');
  };
  cleanUp.add(stopServer, { priority: TASK_HIGH });
  const { result, allOk } = await cleanUp.execute();
  say('collection', `${JSON.stringify(result)}, all ok: ${allOk}`);
  const warmUp = new TaskCollection();
  warmUp.add(mytask);
  warmUp.add(async () => 'settings', { name: 'settings' });
  say('task collection', JSON.stringify(await warmUp.run()));
}

async function locks(): Promise<void> {
  const file = join(tmpdir(), `atasker-tour-${process.pid}`);
  writeFileSync(file, '0');
  const inThreads = Array.from({ length: 10 }, () => book(file, 1));
  const inProcesses = Array.from({ length: 10 }, () => book.with({ tt: TT_MP })(file, 10));
  await waitCompleted([...inThreads, ...inProcesses]);
  say('locker', `${readFileSync(file, 'utf8')} after 10 times 1 and 10 times 10`);
  rmSync(file);
  say('locker', await lock.run(async () => 'held while a promise is pending'));
}

/** In one thread, so that each task finds what the last one has left there. */
async function localStore(): Promise<void> {
  await using supervisor = new TaskSupervisor({ threadPool: { ...ONE_AT_A_TIME, maxSize: 1 } });
  const visitThere = visit.with({ supervisor });
  g.set('visits', 'mine');
  say('g', `in a thread: ${await visitThere()}, ${await visitThere()}, ${await visitThere()}`);
  say('g', `here: ${g.get('visits', 'nothing')}`);
  g.clear('visits');
  say('g', `cleared: ${!g.has('visits')}`);
}

/** Not needed at the end of a program; it waits for tasks, and ends what belongs to the supervisor. */
async function stop(): Promise<void> {
  taskSupervisor.registerScheduler({ stop: () => say('stop', 'a scheduler of your own') });
  const last = square(12);
  const { completed, unfinished } = await taskSupervisor.stop({ wait: true });
  say('stop', `${completed} completed, ${unfinished.length} unfinished, 12 * 12 = ${last.result}`);
}

/** A promise, and the function that resolves it. */
function signal(): [Promise<void>, () => void] {
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => (tell = resolve));
  return [told, tell];
}

/** The result of the next task that completes. */
function resultAfter(begin: () => void): Promise<unknown> {
  return new Promise((resolve) => {
    taskSupervisor.once('taskCompleted', ({ task }) => resolve(task.result));
    begin();
  });
}

function stopped(worker: object): Promise<void> {
  return new Promise((resolve) => {
    taskSupervisor.on('workerStopped', (event) => {
      if (event.worker === worker) resolve();
    });
  });
}

function where(pid: number): string {
  return pid === process.pid ? 'in this process' : 'in another process';
}

function say(piece: string, what: string): void {
  console.log(`${piece}: ${what}`);
}
