import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Alarms, Clock } from './clock.ts';
import { contexts } from './context.ts';
import type { WorkerState } from './core/lifecycle.ts';
import { invalidOption } from './errors.ts';
import { sharedState } from './library.ts';
import { checkKeys, checkBoolean, checkDuration, show, type Duration } from './options.ts';
import type { Host } from './task.ts';

/** Which kind of background worker it is. */
export type WorkerKind = 'loop' | 'queue' | 'event' | 'interval';

/** A background worker at one moment. */
export interface WorkerInfo {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly state: WorkerState;
  readonly isPaused: boolean;
  /** How many of its executions run now. */
  readonly running: number;
  /** How many executions have begun since its start, and how many of them have failed. */
  readonly runs: number;
  readonly failures: number;
  /** For how many milliseconds more it waits because its executor has failed; else 0. */
  readonly backOff: number;
  /** How many ticks of an interval or of cron were left out because they would have been late. */
  readonly skipped: number;
  /** How many jobs are in its queue. */
  readonly queued: number;
}

/** A job scheduler at one moment. */
export interface JobSchedulerInfo {
  readonly name: string;
  readonly isDefault: boolean;
  /** How many jobs it has. */
  readonly jobs: number;
  /** How many runs of jobs go on now, how many have begun so far, and how many of these have failed. */
  readonly running: number;
  readonly runs: number;
  readonly failures: number;
}

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
  readonly name: string;
  readonly kind: WorkerKind;
  /** Any object of the user's; undefined if none was given. */
  readonly o: unknown;
  stop(options?: WorkerStopOptions): Promise<boolean>;
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
  isActive(): boolean;
  isStarted(): boolean;
  isStopped(): boolean;
  info(): WorkerInfo;
}

/** Why a worker has stopped: by `stop()`, because its executor returned false, or because its start failed. */
export type WorkerStopReason = 'stop' | 'returnedFalse' | 'startFailed';

/** What a supervisor stops before its tasks: a worker, a job scheduler. */
export interface Service {
  readonly name: string;
  /** Whether code of the user's runs in it. */
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

/** Code of the user's that runs in a service. */
export interface Execution {
  readonly service: Service;
  /** Who takes its calls of task functions, also while the supervisor stops. */
  readonly tasks: Host;
}

export const executions = sharedState('executions', () => new AsyncLocalStorage<Execution>());

/** The async context of who calls this, without the task that it is in, for the executions of a service. */
export function executionScope(execution: Execution): AsyncResource {
  return contexts.exit(() => executions.run(execution, () => new AsyncResource('atasker.service')));
}
