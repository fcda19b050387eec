import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { backgroundWorker, TaskSupervisor } from 'atasker';

/** How well one of them has kept its interval. */
export interface Accuracy {
  readonly kind: Kind;
  readonly intervalMs: number;
  readonly ticks: number;
  readonly averageMs: number;
  /** Of the average from the interval. */
  readonly deviationPercent: number;
  /** Ticks that came so late that the next one was due already. */
  readonly skipped: number;
}

/** The bare timer is not ours: it shows what the machine has left for anybody. */
export type Kind = 'interval worker' | 'async job' | 'bare timer';

const INTERVALS_MS = [10, 1000];

/** Starts all of them at once and lets them tick for this long, beside programs that never pause. */
export async function measureAccuracy(seconds: number, busyPrograms: number): Promise<readonly Accuracy[]> {
  const busy = Array.from({ length: busyPrograms }, () => startBusy(seconds));
  await Promise.all(busy.map((program) => once(program.stdout, 'data')));
  await using supervisor = new TaskSupervisor();
  const stops: (() => void)[] = [];
  const measured = INTERVALS_MS.flatMap((intervalMs) => {
    const worker = new Series('interval worker', intervalMs);
    backgroundWorker(() => worker.tick(), { supervisor, interval: intervalMs }).start();
    const job = new Series('async job', intervalMs);
    supervisor.createAsyncJob({ target: () => job.tick(), interval: intervalMs });
    const bare = new Series('bare timer', intervalMs);
    stops.push(startBareTimer(intervalMs, () => bare.tick()));
    return [worker, job, bare];
  });
  await after(seconds * 1000);
  for (const stop of stops) stop();
  for (const program of busy) program.kill('SIGKILL');
  return measured.map((series) => series.accuracy());
}

/** A hand-written timer without drift, which skips ticks that are too late. @returns a function that stops it */
function startBareTimer(intervalMs: number, tick: () => void): () => void {
  let dueAt = performance.now();
  let timer = setTimeout(beat);
  function beat(): void {
    tick();
    const now = performance.now();
    dueAt += (Math.max(0, Math.floor((now - dueAt) / intervalMs)) + 1) * intervalMs;
    timer = setTimeout(beat, dueAt - now);
  }
  return () => clearTimeout(timer);
}

/** The program ends by itself soon after the time, in case it is not killed. */
function startBusy(seconds: number): ReturnType<typeof spawn> & { readonly stdout: NodeJS.ReadableStream } {
  const program = `console.log('busy'); for (const end = Date.now() + ${(seconds + 10) * 1000}; Date.now() < end; );`;
  return spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** When something has ticked. */
export class Series {
  readonly #kind: Kind;
  readonly #intervalMs: number;
  readonly #starts: number[] = [];

  constructor(kind: Kind, intervalMs: number) {
    this.#kind = kind;
    this.#intervalMs = intervalMs;
  }

  tick(now = performance.now()): void {
    this.#starts.push(now);
  }

  accuracy(): Accuracy {
    const [first, last] = [this.#starts.at(0), this.#starts.at(-1)];
    const periods = this.#starts.length - 1;
    if (first === undefined || last === undefined || periods < 1) throw new RangeError('it has not ticked twice');
    const averageMs = (last - first) / periods;
    return {
      kind: this.#kind,
      intervalMs: this.#intervalMs,
      ticks: this.#starts.length,
      averageMs,
      deviationPercent: (averageMs / this.#intervalMs - 1) * 100,
      skipped: Math.round((last - first) / this.#intervalMs) - periods,
    };
  }
}
