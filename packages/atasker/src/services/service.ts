import { checkKeys, checkBoolean, checkDuration, show, type Duration } from '../common/check.ts';
import type { Alarms, Clock } from '../common/clock.ts';
import { invalidOption } from '../common/errors.ts';
import type { WorkerState } from '../core/lifecycle.ts';

import type { Host } from '../task/task.ts';

/** Which kind of background worker it is. */
export type WorkerKind = 'loop' | 'queue' | 'event' | 'interval';

/** A background worker at one moment. */
export interface WorkerInfo {
  /** What it is called. */
  readonly name: string;
  /** Which kind of worker it is. */
  readonly kind: WorkerKind;
  /** Where it is between start and stop. */
  readonly state: WorkerState;
  /** Whether `pause()` holds it. */
  readonly isPaused: boolean;
  /** How many of its executions run now. */
  readonly running: number;
  /** How many executions have begun since its start, and how many of them have failed. */
  readonly runs: number;
  /** How many of these executions have failed. */
  readonly failures: number;
  /** When the last execution began, in epoch milliseconds; null if there was none since the start. */
  readonly lastExecuted: number | null;
  /** For how many milliseconds more it waits because its executor has failed; else 0. */
  readonly backOff: number;
  /** How many ticks of an interval or of cron were left out because they would have been late. */
  readonly skipped: number;
  /** How many jobs are in its queue. */
  readonly queued: number;
}

/** A job scheduler at one moment. */
export interface JobSchedulerInfo {
  /** What it is called. */
  readonly name: string;
  /** Whether jobs that name no scheduler are for this one. */
  readonly isDefault: boolean;
  /** How many jobs it has. */
  readonly jobs: number;
  /** How many runs of jobs go on now, how many have begun so far, and how many of these have failed. */
  readonly running: number;
  /** How many runs have begun so far. */
  readonly runs: number;
  /** How many of these runs have failed. */
  readonly failures: number;
}

/** Options of `stop()` of a worker. */
export interface WorkerStopOptions {
  /** Whether, and how long, to wait for executions that run. @defaultValue `true`: as long as it takes */
  wait?: boolean | Duration | undefined;
  /** A queue worker: finish all jobs first. @defaultValue `false`: what is in the queue stays there */
  drain?: boolean | undefined;
}

/** The options checked; Infinity: as long as it takes. */
export function workerStopSettings(options: WorkerStopOptions): { readonly waitMs: number; readonly drain: boolean } {
  checkKeys('stop options', options, ['wait', 'drain']);
  const { wait = true, drain = false } = options;
  const waitMs = typeof wait === 'boolean' ? (wait ? Infinity : 0) : checkDuration('wait', wait);
  return { waitMs, drain: checkBoolean('drain', drain) };
}

/** Any background worker, as its supervisor and the listeners of events see it. */
export interface AnyWorker {
  /** What it is called. */
  readonly name: string;
  /** Which kind of worker it is. */
  readonly kind: WorkerKind;
  /** Any object of the user's; undefined if none was given. */
  readonly o: unknown;
  /** When its last execution began, in epoch milliseconds; null if there was none since the start. */
  readonly lastExecuted: number | null;
  /** Stops it; false if something of it still runs. */
  stop(options?: WorkerStopOptions): Promise<boolean>;
  /** Stops it, and starts it with the same arguments and options. */
  restart(): Promise<void>;
  /** Resolves when it has stopped. */
  waitUntilStop(): Promise<void>;
  /** Nothing is executed until `resume()`; what runs goes on. */
  pause(): void;
  /** Ends a pause. */
  resume(): void;
  /** Whether it has been started and not been stopped, paused or not. */
  isActive(): boolean;
  /** Whether its start is complete. */
  isStarted(): boolean;
  /** Whether nothing of it is left. */
  isStopped(): boolean;
  /** What there is to know of it at this moment. */
  info(): WorkerInfo;
}

/** Why a worker has stopped: by `stop()`, because its executor returned false, or because its start failed. */
export type WorkerStopReason = 'stop' | 'returnedFalse' | 'startFailed';

/** What a supervisor stops before its tasks: a worker, a job scheduler. */
export interface Service {
  readonly name: string;
  /** Whether an execution of it goes on. */
  readonly isBusy: boolean;
  /** Resolves when nothing of it is left. */
  stop(): Promise<unknown>;
}

/** A worker as a service. */
export type WorkerService = Service & AnyWorker;

/** What a supervisor gives to the services that it owns. */
export interface ServiceHost {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Who takes the tasks that services call. */
  readonly tasks: Host;
  /** @throws TaskError `ERR_NO_ALOOP` if there is no aloop of this name that takes tasks. */
  checkLoop(name: string | undefined): void;
  /** Keeps the process alive, until what it returns is called. */
  hold(): () => void;
  /**
   * Takes a worker in, which starts now. A name that nobody has chosen is made another one if it is taken.
   *
   * @returns its name.
   * @throws TaskError `ERR_NAME_IN_USE`, `ERR_SUPERVISOR_STOPPED`.
   */
  enter(worker: WorkerService, name: string, isChosen: boolean): string;
  /** The worker has stopped. */
  leave(worker: WorkerService): void;
  workerStarted(worker: AnyWorker): void;
  workerStopped(worker: AnyWorker, reason: WorkerStopReason): void;
  /** An execution has failed; `isHandled`: code of the user's has been told already. */
  workerFailed(worker: AnyWorker, error: unknown, job: unknown, isHandled: boolean): void;
  /** Takes a job scheduler in, under its name. @throws TaskError `ERR_NAME_IN_USE`, `ERR_SUPERVISOR_STOPPED` */
  enterScheduler(scheduler: Service & { info(): JobSchedulerInfo }): void;
  leaveScheduler(scheduler: Service): void;
  findScheduler(name: string): Service | undefined;
  /** A run of a job has failed. Without a listener of `error` a job is one process warning. */
  jobFailed(job: object, error: unknown, source: string): void;
  /** Code of the user's that nobody waits for has thrown. */
  userError(error: unknown, source: string): void;
}

/** A supervisor, as far as a service needs it. */
export interface ServiceOwner {
  readonly services: ServiceHost;
}

/** The services of a supervisor; what it may be instead comes from an option, or is a host of the user's. */
export function servicesOf(owner: unknown): ServiceHost {
  const services = (owner as Partial<ServiceOwner> | null | undefined)?.services;
  if (typeof services?.enter === 'function') return services;
  throw invalidOption('type', `supervisor must be a TaskSupervisor, got ${show(owner)}`);
}
