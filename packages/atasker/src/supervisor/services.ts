import type { Alarm, Alarms, Clock } from '../clock.ts';
import { TaskStatus } from '../core/lifecycle.ts';
import { TaskError } from '../errors.ts';
import type { Events } from '../events.ts';
import {
  executions,
  type AnyWorker,
  type JobSchedulerInfo,
  type Service,
  type ServiceHost,
  type WorkerInfo,
  type WorkerService,
  type WorkerStopReason,
} from '../service.ts';
import type { Host } from '../task.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { Reports } from './reports.ts';
import { Schedulers } from './schedulers.ts';
import type { StopReport, SupervisorEvents } from './supervisor-events.ts';

/** What the services need of their supervisor. */
export interface ServicesContext {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly events: Events<SupervisorEvents>;
  readonly reports: Reports;
  readonly keepAlive: KeepAlive;
  readonly tasks: Host;
  readonly cancelGraceMs: number;
  /** Starts the supervisor if it is new; throws if nothing new is taken now. */
  open(): void;
  /** Throws if there is no such aloop. */
  checkLoop(name: string): void;
}

type JobSchedulerService = Service & { info(): JobSchedulerInfo };

/** What a supervisor owns besides tasks: workers, job schedulers, and what was registered. They end before the tasks. */
export class Services implements ServiceHost {
  readonly schedulers: Schedulers;
  readonly #context: ServicesContext;
  readonly #workers = new Map<string, WorkerService>();
  readonly #jobSchedulers = new Map<string, JobSchedulerService>();
  readonly #holds = new Set<() => void>();
  /** Workers whose failures have had their warning. */
  readonly #warned = new WeakSet<AnyWorker>();
  #unfinished: StopReport['unfinished'] = [];
  #giveUp: () => void = () => {};
  #giveUpAlarm: Alarm | null = null;

  constructor(context: ServicesContext) {
    this.#context = context;
    this.schedulers = new Schedulers(context);
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  get alarms(): Alarms {
    return this.#context.alarms;
  }

  get tasks(): Host {
    return this.#context.tasks;
  }

  /** What still ran when the last stop gave up waiting. */
  get unfinished(): StopReport['unfinished'] {
    return this.#unfinished;
  }

  /** Whether this code runs in an execution of a service, which may still call tasks while the supervisor stops. */
  get isExecuting(): boolean {
    const service = executions.getStore()?.service;
    return service !== undefined && service.isBusy && this.#all().includes(service);
  }

  checkLoop(name: string | undefined): void {
    if (name !== undefined) this.#context.checkLoop(name);
  }

  hold(): () => void {
    const { keepAlive } = this.#context;
    const release = (): void => {
      if (this.#holds.delete(release)) keepAlive.release();
    };
    this.#holds.add(release);
    keepAlive.hold();
    return release;
  }

  enter(worker: WorkerService, name: string, isChosen: boolean): string {
    this.#context.open();
    if (isChosen && this.#workers.has(name)) throw inUse('worker', name);
    let free = name;
    for (let n = 2; this.#workers.has(free); n += 1) free = `${name}-${n}`;
    this.#workers.set(free, worker);
    this.#warned.delete(worker);
    return free;
  }

  leave(worker: WorkerService): void {
    if (this.#workers.get(worker.name) === worker) this.#workers.delete(worker.name);
  }

  enterScheduler(scheduler: JobSchedulerService): void {
    this.#context.open();
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
    this.#context.events.emit('workerStarted', { worker });
  }

  workerStopped(worker: AnyWorker, reason: WorkerStopReason): void {
    this.#context.events.emit('workerStopped', { worker, reason });
  }

  workerFailed(worker: AnyWorker, error: unknown, job: unknown, isHandled: boolean): void {
    const { reports } = this.#context;
    if (reports.workerFailed(worker, error, job) || isHandled || this.#warned.has(worker)) return;
    this.#warned.add(worker);
    reports.warnOfWorker(worker.name, error);
  }

  userError(error: unknown, source: string): void {
    this.#context.reports.userError(error, source);
  }

  info(): { readonly workers: readonly WorkerInfo[]; readonly jobSchedulers: readonly JobSchedulerInfo[] } {
    const workers = Object.freeze(Array.from(this.#workers.values(), (worker) => Object.freeze(worker.info())));
    const schedulers = Array.from(this.#jobSchedulers.values(), (scheduler) => Object.freeze(scheduler.info()));
    return { workers, jobSchedulers: Object.freeze(schedulers) };
  }

  /** Resolves when all have ended, or somebody has given up on them. */
  async stop(stopSchedulers: boolean): Promise<void> {
    this.#unfinished = [];
    const ends = this.#all().map((service) => service.stop());
    if (stopSchedulers) ends.push(this.schedulers.stop());
    const givenUp = new Promise<void>((resolve) => (this.#giveUp = resolve));
    await Promise.race([Promise.all(ends), givenUp]);
    if (this.#giveUpAlarm !== null) this.alarms.cancel(this.#giveUpAlarm);
    this.#giveUpAlarm = null;
    this.#forget();
  }

  /** Executions cannot be ended; after the grace of tasks nobody waits for them any more. */
  giveUpSoon(): void {
    const at = this.clock.now() + this.#context.cancelGraceMs;
    this.#giveUpAlarm ??= this.alarms.at(at, () => this.#giveUp());
  }

  /** What has not ended counts as unfinished; it neither keeps the process alive nor a name. */
  #forget(): void {
    const unfinished = [
      ...Array.from(this.#workers.keys(), (name) => [`worker ${name}`, name] as const),
      ...Array.from(this.#jobSchedulers.keys(), (name) => [`job scheduler ${name}`, name] as const),
    ];
    this.#unfinished = unfinished.map(([id, name]) => ({ id, name, status: TaskStatus.started }));
    this.#workers.clear();
    this.#jobSchedulers.clear();
    for (const release of this.#holds) release();
  }

  #all(): Service[] {
    return [...this.#workers.values(), ...this.#jobSchedulers.values()];
  }
}

function inUse(what: string, name: string): TaskError {
  return new TaskError('ERR_NAME_IN_USE', `there is a ${what} ${name} already in this supervisor`);
}
