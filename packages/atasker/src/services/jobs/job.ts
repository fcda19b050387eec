import type { AsyncResource } from 'node:async_hooks';
import type { Delayed } from '../../core/delays.ts';
import type { LateTicks } from '../../core/late-ticks.ts';
import { signalOfRun } from '../../define/service-calls.ts';
import { Math } from '../../platform/primordials.ts';
import type { JobSettings } from './job-options.ts';

/** The state of a job at one moment. */
export interface AsyncJobInfo {
  /** The name of the function; empty if it has none. */
  readonly name: string;
  /** Whether further runs will follow. */
  readonly isActive: boolean;
  /** How many runs are in progress now. */
  readonly running: number;
  /** How many runs have begun. */
  readonly runs: number;
  /** How many of these runs have failed. */
  readonly failures: number;
  /** How many runs were skipped because they would have been late. */
  readonly skipped: number;
  /** When the last run began, in epoch milliseconds; null if none has begun. */
  readonly lastExecuted: number | null;
  /** When the next run is due, in epoch milliseconds; null if none is, or if it has to wait for the present one. */
  readonly nextRun: number | null;
}

/** A function that is called repeatedly (atasker: a job of `aiosched`). */
export interface AsyncJob {
  /** How many runs have begun. */
  readonly runs: number;
  /** Whether further runs will follow. */
  readonly isActive: boolean;
  /**
   * The signal of the run that reads this property: it aborts when the run has taken as long as `timeout`. Undefined for
   * all other code, and without `timeout`. A task function reads `currentTask().signal`.
   */
  readonly signal: AbortSignal | undefined;
  /** The state of the job at this moment. */
  info(): AsyncJobInfo;
  /** Cancels all further runs. @returns false if there were none */
  cancel(): boolean;
}

/** What a job needs from its scheduler. */
export interface JobOwner {
  readonly clock: { now(): number; date(): number };
  cancel(job: ScheduledJob): boolean;
}

/** A job as its scheduler keeps it. */
export class ScheduledJob implements AsyncJob {
  readonly settings: JobSettings;
  /** The async context of the code that made the job; the runs get this context. */
  readonly scope: AsyncResource;
  readonly #owner: JobOwner;
  runs = 0;
  running = 0;
  failures = 0;
  lastExecuted: number | null = null;
  /** Null until croner has been loaded. */
  ticks: LateTicks | null = null;
  delayed: Delayed<ScheduledJob> | null = null;
  /** Whether a run with `noOverlap` waits for the end of the one before it. */
  isHeldUp = false;
  isActive = true;

  constructor(settings: JobSettings, scope: AsyncResource, owner: JobOwner) {
    this.settings = settings;
    this.scope = scope;
    this.#owner = owner;
  }

  get signal(): AbortSignal | undefined {
    return signalOfRun(this);
  }

  /** The job for a message; a job has no name of its own. */
  get what(): string {
    const { name } = this.settings;
    return name === '' ? 'a job' : `job ${name}`;
  }

  info(): AsyncJobInfo {
    const { isActive, running, runs, failures, lastExecuted } = this;
    const skipped = this.ticks?.skipped ?? 0;
    return {
      name: this.settings.name,
      isActive,
      running,
      runs,
      failures,
      skipped,
      lastExecuted,
      nextRun: this.#nextRun,
    };
  }

  cancel(): boolean {
    return this.#owner.cancel(this);
  }

  get #nextRun(): number | null {
    if (!this.isActive || this.ticks === null || this.isHeldUp) return null;
    const { clock } = this.#owner;
    const now = clock.now();
    const inMs = Math.max(0, this.ticks.dueAt(now) - now);
    return inMs === Infinity ? null : Math.ceil(clock.date() + inMs);
  }
}
