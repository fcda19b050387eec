import assert from 'node:assert/strict';
import { TaskSupervisor, type TaskFunction, type TaskType } from 'atasker';
import { nothing } from './no-op-task.ts';

const SAMPLES = 50;
/** Of these the first ones are not looked at: the code is being compiled. */
const WARM_UP = 10;
/** No more tasks than these are out at a time. */
const BACKLOG = 1000;

/** What is there at one moment. */
export interface Sample {
  readonly tasks: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly handles: number;
  readonly listeners: number;
}

export interface SoakReport {
  /** How much the heap grows with each task: the slope of a straight line through the samples. */
  readonly bytesPerTask: number;
  readonly start: Sample;
  readonly end: Sample;
}

/** Runs tasks that do nothing, and looks at the heap between them. Needs `--expose-gc`. */
export async function soak(tt: TaskType, tasks: number, progress: (sample: Sample) => void): Promise<SoakReport> {
  const supervisor = new TaskSupervisor();
  const task = nothing.with({ supervisor, tt });
  const samples: Sample[] = [];
  for (let n = 1; n <= SAMPLES; n += 1) {
    await run(task, Math.round(tasks / SAMPLES));
    samples.push(sample(supervisor.getInfo().totals.completed));
    progress(samples.at(-1)!);
  }
  const { pools, totals } = supervisor.getInfo();
  assert.deepEqual(totals, { completed: SAMPLES * Math.round(tasks / SAMPLES), failed: 0, canceled: 0, lost: 0 });
  assert.equal(pools[tt]!.running, 0);
  await supervisor.stop();
  const warm = samples.slice(WARM_UP);
  return { bytesPerTask: slope(warm), start: warm[0]!, end: warm.at(-1)! };
}

async function run(task: TaskFunction<typeof nothing.fn>, tasks: number): Promise<void> {
  for (let left = tasks; left > 0; left -= BACKLOG) {
    await Promise.all(Array.from({ length: Math.min(BACKLOG, left) }, () => task()));
  }
}

function sample(tasks: number): Sample {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { tasks, heapBytes, rssBytes, handles: process.getActiveResourcesInfo().length, listeners };
}

/** Of the straight line that is nearest to all samples. */
export function slope(samples: readonly Pick<Sample, 'tasks' | 'heapBytes'>[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(samples.map(({ tasks }) => tasks));
  const y = mean(samples.map(({ heapBytes }) => heapBytes));
  const covariance = mean(samples.map(({ tasks, heapBytes }) => (tasks - x) * (heapBytes - y)));
  return covariance / mean(samples.map(({ tasks }) => (tasks - x) ** 2));
}
