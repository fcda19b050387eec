import type { Alarm, Alarms, Clock } from '../../common/clock.ts';
import { TaskError } from '../../common/errors.ts';
import type { Events } from '../../common/events.ts';
import { TaskStatus } from '../../core/lifecycle.ts';
import { awaitingService, currentService, type ServiceCalls } from '../../define/service-calls.ts';
import { arrayConcat, arrayIncludes, arrayMap, arrayPush, listOf } from '../../platform/methods.ts';
import { Map, Object, Promise, Set, WeakSet } from '../../platform/primordials.ts';
import type {
  AnyWorker,
  JobSchedulerInfo,
  Service,
  ServiceHost,
  WorkerInfo,
  WorkerService,
  WorkerStopReason,
} from '../../services/service.ts';
import type { Host } from '../../task/task.ts';
import type { KeepAlive } from '../life/keep-alive.ts';
import type { StopReport, SupervisorEvents, Unfinished } from '../reports/events.ts';
import type { Reports } from '../reports/reports.ts';
import { Schedulers } from './schedulers.ts';

/** What the services need from their supervisor. */
export interface ServicesOwner {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly events: Events<SupervisorEvents>;
  readonly reports: Reports;
  readonly keepAlive: KeepAlive;
  readonly tasks: Host;
  readonly cancelGraceMs: number;
  /** Starts the supervisor if it is new; throws if the supervisor takes nothing new now. */
  open(): void;
  /** Throws if there is no aloop of that name that takes tasks. */
  checkLoop(name: string): void;
}

type JobSchedulerService = Service & { info(): JobSchedulerInfo };

/**
 * What a supervisor owns besides tasks: workers, job schedulers, and registered schedulers. They end before the tasks.
 */
export class Services implements ServiceHost {
  readonly schedulers: Schedulers;
  readonly #owner: ServicesOwner;
  readonly #workers = new Map<string, WorkerService>();
  /** Workers that stop because others have taken their names. */
  readonly #replaced = new Set<WorkerService>();
  readonly #jobSchedulers = new Map<string, JobSchedulerService>();
  readonly #holds = new Set<() => void>();
  /** Workers and jobs whose first failure has been reported as a warning; their further failures are not. */
  readonly #warned = new WeakSet<object>();
  #unfinished: StopReport['unfinished'] = [];
  #giveUp: () => void = () => {};
  #giveUpAlarm: Alarm | null = null;

  constructor(owner: ServicesOwner) {
    this.#owner = owner;
    this.schedulers = new Schedulers(owner);
  }

  get clock(): Clock {
    return this.#owner.clock;
  }

  get alarms(): Alarms {
    return this.#owner.alarms;
  }

  get tasks(): Host {
    return this.#owner.tasks;
  }

  /** The services that still ran when the last stop gave up waiting. */
  get unfinished(): StopReport['unfinished'] {
    return this.#unfinished;
  }

  /** Whether the calling code belongs to a service of this supervisor: such code may still call tasks during a stop. */
  isCaller(): boolean {
    return this.#has(currentService());
  }

  /** Whether a service of this supervisor waits for the calling code. */
  isAwaitingCaller(): boolean {
    return this.#has(awaitingService());
  }

  checkLoop(name: string | undefined): void {
    if (name !== undefined) this.#owner.checkLoop(name);
  }

  hold(): () => void {
    const { keepAlive } = this.#owner;
    const release = (): void => {
      if (this.#holds.delete(release)) keepAlive.release();
    };
    this.#holds.add(release);
    keepAlive.hold();
    return release;
  }

  enter(worker: WorkerService, name: string, isChosen: boolean): string {
    this.#owner.open();
    if (isChosen && this.#workers.has(name)) throw inUse('worker', name);
    let free = name;
    for (let n = 2; this.#workers.has(free); n += 1) free = `${name}-${n}`;
    this.#workers.set(free, worker);
    this.#warned.delete(worker);
    return free;
  }

  takeOver(worker: WorkerService, name: string): WorkerService | null {
    this.#owner.open();
    const before = this.#workers.get(name) ?? null;
    if (before !== null) this.#replaced.add(before);
    this.#workers.set(name, worker);
    this.#warned.delete(worker);
    return before;
  }

  leave(worker: WorkerService): void {
    this.#replaced.delete(worker);
    if (this.#workers.get(worker.name) === worker) this.#workers.delete(worker.name);
  }

  enterScheduler(scheduler: JobSchedulerService): void {
    this.#owner.open();
    if (this.#jobSchedulers.has(scheduler.name)) throw inUse('job scheduler', scheduler.name);
    this.#jobSchedulers.set(scheduler.name, scheduler);
  }

  leaveScheduler(scheduler: Service): void {
    if (this.#jobSchedulers.get(scheduler.name) === scheduler) this.#jobSchedulers.delete(scheduler.name);
  }

  findScheduler(name: string): Service | undefined {
    return this.#jobSchedulers.get(name);
  }

  workerStarted(worker: AnyWorker): void {
    this.#owner.events.emit('workerStarted', { worker });
  }

  workerStopped(worker: AnyWorker, reason: WorkerStopReason): void {
    this.#owner.events.emit('workerStopped', { worker, reason });
  }

  workerFailed(worker: AnyWorker, error: unknown, job: unknown, isHandled: boolean): void {
    const { reports } = this.#owner;
    if (reports.workerFailed(worker, error, job) || isHandled || this.#warned.has(worker)) return;
    this.#warned.add(worker);
    reports.warnOfWorker(worker.name, error);
  }

  jobFailed(job: object, error: unknown, source: string): void {
    const { events, reports } = this.#owner;
    if (!events.has('error') && this.#warned.has(job)) return;
    this.#warned.add(job);
    reports.userError(error, source);
  }

  userError(error: unknown, source: string): void {
    this.#owner.reports.userError(error, source);
  }

  info(): { readonly workers: readonly WorkerInfo[]; readonly jobSchedulers: readonly JobSchedulerInfo[] } {
    const workers = Object.freeze(arrayMap(listOf(this.#workers.values()), (worker) => Object.freeze(worker.info())));
    const schedulers = arrayMap(listOf(this.#jobSchedulers.values()), (scheduler) => Object.freeze(scheduler.info()));
    return { workers, jobSchedulers: Object.freeze(schedulers) };
  }

  /** Resolves when all services have ended, or when `giveUpSoon` has given up on them. */
  async stop(stopSchedulers: boolean): Promise<void> {
    this.#unfinished = [];
    const ends = arrayMap(this.#all(), (service) => service.stop()); // the stop of a caller does not wait for itself
    if (stopSchedulers) arrayPush(ends, this.schedulers.stop());
    const givenUp = new Promise<void>((resolve) => (this.#giveUp = resolve));
    await Promise.race([Promise.all(ends), givenUp]);
    this.#forget();
  }

  /** The supervisor has stopped: there is nothing to give up on any more. */
  close(): void {
    if (this.#giveUpAlarm !== null) this.alarms.cancel(this.#giveUpAlarm);
    this.#giveUpAlarm = null;
  }

  /** Executions of services cannot be ended by force: after `cancelGraceMs` the stop waits for them no longer. */
  giveUpSoon(): void {
    const at = this.clock.now() + this.#owner.cancelGraceMs;
    this.#giveUpAlarm ??= this.alarms.at(at, () => this.#giveUp());
  }

  /** Counts services that have not ended as unfinished, frees their names, and lets the process end without them. */
  #forget(): void {
    const unfinished = (kind: string, name: string): Unfinished => {
      return { id: `${kind} ${name}`, name, status: TaskStatus.started };
    };
    this.#unfinished = arrayConcat(
      arrayMap(listOf(this.#workers.keys()), (name) => unfinished('worker', name)),
      arrayMap(listOf(this.#jobSchedulers.keys()), (name) => unfinished('job scheduler', name)),
    );
    this.#workers.clear();
    this.#replaced.clear();
    this.#jobSchedulers.clear();
    for (const release of this.#holds) release();
  }

  #has(calls: ServiceCalls | null): boolean {
    return calls !== null && (calls.service === this.schedulers || arrayIncludes(this.#all(), calls.service));
  }

  #all(): Service[] {
    const workers = arrayConcat<Service>(listOf(this.#workers.values()), listOf(this.#replaced));
    return arrayConcat<Service>(workers, listOf(this.#jobSchedulers.values()));
  }
}

function inUse(what: string, name: string): TaskError {
  return new TaskError('ERR_NAME_IN_USE', `a ${what} named ${name} already exists in this supervisor`);
}
