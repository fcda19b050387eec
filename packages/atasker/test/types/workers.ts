/** Compiled, never run: what the types of workers and jobs allow, and what they refuse. */
import {
  backgroundTask,
  BackgroundIntervalWorker,
  BackgroundQueueWorker,
  backgroundWorker,
  taskSupervisor,
  type AsyncJob,
  type BackgroundEventWorker,
  type BackgroundWorker,
  type WorkerInfo,
} from 'atasker';

const hash = backgroundTask((text: string, rounds: number) => `${text} ${rounds}`);

// the options decide the class, the function the arguments
const loop: BackgroundWorker<[url: string]> = backgroundWorker((_url: string) => {});
const queue: BackgroundQueueWorker<string, [rounds: number]> = backgroundWorker(hash, { queue: true, concurrency: 2 });
const event: BackgroundEventWorker<[]> = backgroundWorker(() => {}, { event: true });
const interval: BackgroundIntervalWorker<[]> = backgroundWorker(async () => {}, { interval: '1s' });
const cron: BackgroundIntervalWorker<[]> = backgroundWorker(() => false, { cron: '@daily', timezone: 'UTC' });
loop.start('https://example.com');
loop.with({ priority: 'low' }).start('https://example.com').pause();
// @ts-expect-error the argument is a text
loop.start(1);
// @ts-expect-error only a queue worker takes jobs
loop.put('job');
queue.start(2);
void queue.put('text');
// @ts-expect-error the job is a text
void queue.put(1);
// @ts-expect-error the queue stays
queue.with({ maxSize: 1 });
const triggered: boolean = event.trigger({ force: true });
const now: boolean = interval.trigger();
// @ts-expect-error durations have a unit
backgroundWorker(() => {}, { interval: '1 second' });
// @ts-expect-error no such option
backgroundWorker(() => {}, { intervall: '1s' });

// the worker is the this of an ordinary function
backgroundWorker(function look() {
  return this.name;
});

// run is a method or a task function
class Hashes extends BackgroundQueueWorker<string, [number]> {
  protected override run = hash;
  protected override processResult(result: string): void {
    result.toUpperCase();
  }
}
class Report extends BackgroundIntervalWorker<[string]> {
  constructor() {
    super({ interval: '1h', o: { unit: 'h' } });
  }
  protected override async run(title: string): Promise<void> {
    title.toUpperCase();
  }
}
const hashes: Hashes = new Hashes({ maxSize: 10 }).start(3);
const report: Report = new Report().start('daily');
const info: WorkerInfo = report.info();

// jobs
const job: AsyncJob = taskSupervisor.createAsyncJob({ target: hash, args: ['a', 1], interval: '1s', number: 3 });
taskSupervisor.createAsyncJob({ target: hash, args: ['a', 1], timer: new Date(0), noOverlap: true, late: 'next' });
// @ts-expect-error no such rule
taskSupervisor.createAsyncJob({ target: hash, args: ['a', 1], late: 'later' });
const nextRun: number | null = job.info().nextRun;
const signal: AbortSignal | undefined = job.signal ?? report.signal;
// @ts-expect-error the second argument is a number
taskSupervisor.createAsyncJob({ target: hash, args: ['a', 'b'] });
taskSupervisor.registerScheduler({ stop: () => {} });
// @ts-expect-error a scheduler can be stopped
taskSupervisor.registerScheduler({ loop: () => {} });
taskSupervisor.on('workerFailed', ({ worker, error, job: failed }) => console.log(worker.name, error, failed));

export { cron, hashes, info, job, nextRun, now, signal, triggered };
