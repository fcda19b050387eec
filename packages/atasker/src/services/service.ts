import { checkKeys, checkBoolean, checkDuration, show, type Duration } from '../common/check.ts';
import type { Alarms, Clock } from '../common/clock.ts';
import { invalidOption } from '../common/errors.ts';
import type { WorkerState } from '../core/lifecycle.ts';

import type { Host } from '../task/task.ts';

/** The kinds of background workers. */
export type WorkerKind = 'loop' | 'queue' | 'event' | 'interval';

/** The state of a background worker at one moment. */
export interface WorkerInfo {
  /** The name of the worker. */
  readonly name: string;
  /** Which kind of worker it is. */
  readonly kind: WorkerKind;
  /** The state of the worker between start and stop. */
  readonly state: WorkerState;
  /** Whether the worker is paused by `pause()`. */
  readonly isPaused: boolean;
  /** How many executions of the worker run now. */
  readonly running: number;
  /** How many executions have begun since the start of the worker. */
  readonly runs: number;
  /** How many of these executions have failed. */
  readonly failures: number;
  /** When the last execution began, in epoch milliseconds; null if none has begun since the start. */
  readonly lastExecuted: number | null;
  /**
   * When the next execution is due, in epoch milliseconds; null if none is, or if it has to wait for the end of the
   * present one.
   */
  readonly nextRun: number | null;
  /** How many more milliseconds the worker pauses because its executor function has failed; else 0. */
  readonly backOff: number;
  /** How many ticks of an interval or of cron were skipped because they would have been late. */
  readonly skipped: number;
  /** How many jobs wait in the queue of the worker. */
  readonly queued: number;
}

/** The state of a job scheduler at one moment. */
export interface JobSchedulerInfo {
  /** The name of the scheduler. */
  readonly name: string;
  /** Whether jobs that name no scheduler go to this scheduler. */
  readonly isDefault: boolean;
  /** How many jobs the scheduler has. */
  readonly jobs: number;
  /** How many runs of jobs are in progress now. */
  readonly running: number;
  /** How many runs have begun so far. */
  readonly runs: number;
  /** How many of these runs have failed. */
  readonly failures: number;
}

/** Options of `stop()` of a worker. */
export interface WorkerStopOptions {
  /** Whether, and how long, to wait for running executions. @defaultValue `true`: without a limit */
  wait?: boolean | Duration | undefined;
  /** For a queue worker: whether to finish all jobs first. @defaultValue `false`: the jobs stay in the queue */
  drain?: boolean | undefined;
}

/** The checked options. A `waitMs` of Infinity means to wait without a limit. */
export function workerStopSettings(options: WorkerStopOptions): { readonly waitMs: number; readonly drain: boolean } {
  checkKeys('stop options', options, ['wait', 'drain']);
  const { wait = true, drain = false } = options;
  const waitMs = typeof wait === 'boolean' ? (wait ? Infinity : 0) : checkDuration('wait', wait);
  return { waitMs, drain: checkBoolean('drain', drain) };
}

/** Any background worker, as its supervisor and the listeners of events see it. */
export interface AnyWorker {
  /** The name of the worker. */
  readonly name: string;
  /** The kind of the worker. */
  readonly kind: WorkerKind;
  /** The object that the user has given in the option `o`; undefined if none was given. */
  readonly o: unknown;
  /** When the last execution began, in epoch milliseconds; null if none has begun since the start. */
  readonly lastExecuted: number | null;
  /** Stops the worker. @returns false if some of its code still runs */
  stop(options?: WorkerStopOptions): Promise<boolean>;
  /** Stops the worker, and starts it again with the same arguments and options. */
  restart(): Promise<void>;
  /** Resolves when no execution of the worker runs: at once, or when the present ones have ended. */
  waitIdle(): Promise<void>;
  /** Resolves when the worker has stopped. */
  waitUntilStop(): Promise<void>;
  /** Begins no further execution until `resume()`; running executions go on. */
  pause(): void;
  /** Ends a pause. */
  resume(): void;
  /** Whether the worker has been started and not been stopped; a paused worker is active, too. */
  isActive(): boolean;
  /** Whether the start of the worker is complete. */
  isStarted(): boolean;
  /** Whether the worker is stopped: no code of the worker runs any more. */
  isStopped(): boolean;
  /** The state of the worker at this moment. */
  info(): WorkerInfo;
}

/**
 * Why a worker has stopped: by `stop()`, because its executor function returned false, because its start failed, or
 * because a worker with `replace` has taken its name.
 */
export type WorkerStopReason = 'stop' | 'returnedFalse' | 'startFailed' | 'replaced';

/** What a supervisor stops before its tasks: a worker or a job scheduler. */
export interface Service {
  readonly name: string;
  /** Whether an execution of the service is in progress. */
  readonly isBusy: boolean;
  /** Resolves when no code of the service runs any more. */
  stop(): Promise<unknown>;
}

/** A worker as a service. */
export interface WorkerService extends Service, AnyWorker {
  stop(options?: WorkerStopOptions): Promise<boolean>;
  /** @internal Stops for good, and hands its jobs over to the worker that replaces it. */
  giveWay(to: WorkerService): Promise<void>;
}

/** What a supervisor provides to its services. */
export interface ServiceHost {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** The host that takes the calls of task functions in services. */
  readonly tasks: Host;
  /** @throws TaskError `ERR_NO_ALOOP` if there is no aloop of this name that takes tasks. */
  checkLoop(name: string | undefined): void;
  /** Keeps the process alive until the returned function is called. */
  hold(): () => void;
  /**
   * Registers a worker that starts now. If the name is in use and the user has not chosen it, the worker gets another
   * name.
   *
   * @returns the name of the worker.
   * @throws TaskError `ERR_NAME_IN_USE`, `ERR_SUPERVISOR_STOPPED`.
   */
  enter(worker: WorkerService, name: string, isChosen: boolean): string;
  /** Registers a worker under a name that may be in use. @returns the worker that had the name, if there is one */
  takeOver(worker: WorkerService, name: string): WorkerService | null;
  /** The worker has stopped. */
  leave(worker: WorkerService): void;
  workerStarted(worker: AnyWorker): void;
  workerStopped(worker: AnyWorker, reason: WorkerStopReason): void;
  /** An execution has failed. `isHandled`: code of the user has been told of the error already. */
  workerFailed(worker: AnyWorker, error: unknown, job: unknown, isHandled: boolean): void;
  /** Registers a job scheduler under its name. @throws TaskError `ERR_NAME_IN_USE`, `ERR_SUPERVISOR_STOPPED` */
  enterScheduler(scheduler: Service & { info(): JobSchedulerInfo }): void;
  leaveScheduler(scheduler: Service): void;
  findScheduler(name: string): Service | undefined;
  /** A run of a job has failed. Without a listener of `error`, each job causes at most one process warning. */
  jobFailed(job: object, error: unknown, source: string): void;
  /** Code of the user that nobody awaits has thrown. */
  userError(error: unknown, source: string): void;
}

/** The part of a supervisor that a service needs. */
export interface ServiceOwner {
  readonly services: ServiceHost;
}

/**
 * The services of a supervisor. The check is needed because the value comes from an option, or is a host of the user.
 */
export function servicesOf(owner: unknown): ServiceHost {
  const services = (owner as Partial<ServiceOwner> | null | undefined)?.services;
  if (typeof services?.enter === 'function') return services;
  throw invalidOption('type', `supervisor must be a TaskSupervisor, got ${show(owner)}`);
}
