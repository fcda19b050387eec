import { TaskSupervisor, type SupervisorOptions } from 'atasker';
import type { RemoteHost } from 'atasker/remote';
import { checkSize } from '../common/errors.ts';
import type { StoreLink } from '../link/link.ts';
import type { Claim, TaskNews } from '../store/store.ts';
import { Claiming } from './claiming.ts';
import { Origins } from './origins.ts';
import { NodeRoom, TASK_TYPES } from './room.ts';
import { NodeRun, type RunOwner } from './run.ts';
import { Settling } from './settling.ts';
import { Told } from './told.ts';

/** What a node is made from. */
export interface NodeSettings {
  readonly link: StoreLink;
  /** Options of the supervisor that runs the tasks. */
  readonly supervisor: SupervisorOptions;
  readonly maxPayload: number;
  /** An error that belongs to no task, and that nobody awaits. */
  readonly failed: (error: unknown) => void;
}

/** Runs tasks of the cluster in the pools of a supervisor of its own. */
export class ClusterNode implements RunOwner {
  readonly supervisor: TaskSupervisor;
  readonly #settings: NodeSettings;
  readonly #runs = new Map<string, NodeRun>();
  readonly #origins = new Origins();
  readonly #claiming: Claiming;
  readonly #settling: Settling;
  readonly #told: Told;
  #isStopping = false;
  #whenIdle: (() => void)[] = [];

  constructor(settings: NodeSettings) {
    const { link, failed } = settings;
    this.#settings = settings;
    this.supervisor = new TaskSupervisor(settings.supervisor);
    this.#told = new Told(link.store);
    this.#settling = new Settling({ link, failed, settled: (run) => this.#settled(run) });
    this.#claiming = new Claiming({
      store: link.store,
      room: new NodeRoom(this.host),
      definitions: () => this.host.definitions(),
      isAway: () => link.awayFor !== null,
      take: (claims) => claims.forEach((claim) => this.#take(claim)),
      failed,
    });
    this.supervisor.on('roomChanged', () => this.#claiming.roomChanged());
    this.supervisor.on('lateError', ({ error, task }) => this.#lateError(error, task?.id));
    link.listen({
      work: () => this.#claiming.work(),
      cancel: (id, payload) => this.#runs.get(id)?.cancel(payload),
      lost: (claims) => claims.forEach((claim) => this.#lost(claim)),
      back: () => this.#back(),
    });
  }

  get host(): RemoteHost {
    return this.supervisor.remote;
  }

  /** How many tasks run here, with those whose ends the store does not have yet. */
  get running(): number {
    return this.#runs.size;
  }

  /** Whether it claims tasks: it does not stop, the store can be reached, and no pool is broken. */
  get isReady(): boolean {
    const { link } = this.#settings;
    return !this.#isStopping && link.isReady && TASK_TYPES.every((tt) => this.host.room(tt).critical > 0);
  }

  /** @throws TaskError `ERR_NAME_IN_USE` if two definitions have the same name; what the store throws at its opening */
  async start(): Promise<void> {
    this.host.definitions();
    await this.#settings.link.open();
    if (!this.#isStopping) this.#claiming.start();
  }

  /**
   * Claims nothing more. What runs may end within the grace; the rest is asked to stop, and handed back to the store,
   * for another node to run it as if it had not run here.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#claiming.stop();
    await this.#idleWithin(graceMs);
    for (const run of this.#runs.values()) run.handBack();
    await this.supervisor.stop({ cancelTasks: true });
    if (this.#settings.link.awayFor !== null) this.#settling.close();
    await this.#settling.whenEmpty();
  }

  started({ claim: { id, origin, attempt } }: NodeRun, at: number): void {
    this.#tell(origin, { type: 'started', id, at, attempt });
  }

  progressed({ claim: { id, origin } }: NodeRun, payload: string): boolean {
    try {
      checkSize(payload, this.#settings.maxPayload, 'progress');
    } catch (error) {
      this.#lateError(error, id);
      return false;
    }
    this.#tell(origin, { type: 'progressed', id, payload });
    return true;
  }

  late({ isDropped, claim: { id, origin } }: NodeRun, end: 'completed' | 'failed', payload: string): void {
    if (isDropped) return;
    this.#tell(origin, { type: 'late', id, end, payload });
  }

  ended(run: NodeRun): void {
    this.#claiming.goOn();
    this.#told.ended(run.claim.origin, run.id);
    if (run.isDropped) return this.#settled(run);
    try {
      checkSize(run.end!.payload, this.#settings.maxPayload, 'result');
    } catch (error) {
      run.end = { ...run.end!, end: 'failed', payload: this.host.errorPayload(error) };
    }
    this.#settling.settle(run);
  }

  givenBack(run: NodeRun): void {
    if (!run.isHandedBack && !this.#isStopping) this.#claiming.pause();
    if (run.isDropped) this.#settled(run);
    else this.#settling.handBack(run);
  }

  #take(claim: Claim): void {
    const known = this.#runs.get(claim.id);
    if (known !== undefined) return this.#adopt(known, claim);
    const run = new NodeRun(claim, this);
    if (this.#isStopping) return this.#settling.handBack(run);
    this.#runs.set(claim.id, run);
    this.#origins.began(claim.id, claim.origin);
    run.begin();
  }

  /** A task that runs here already: its lease was over while the store could not be reached, and nobody else has it. */
  #adopt(run: NodeRun, claim: Claim): void {
    run.claim = claim;
    run.isLost = false;
    run.isReclaimed = run.isDropped;
    if (run.end !== null && !run.isDropped) this.#settling.settle(run);
  }

  #lost({ id, token }: Pick<Claim, 'id' | 'token'>): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.claim.token !== token) return;
    run.isLost = true;
    void this.#abandonUnlessAdopted(run);
  }

  /** The store may give the task to this node again: only then its run goes on. */
  async #abandonUnlessAdopted(run: NodeRun): Promise<void> {
    await this.#claiming.pass();
    if (!run.isLost || this.#runs.get(run.id) !== run || run.end !== null) return;
    run.abandon();
    this.#origins.abandoned(run.id);
  }

  #settled(run: NodeRun): void {
    if (this.#runs.get(run.id) !== run) return;
    this.#runs.delete(run.id);
    this.#origins.ended(run.id);
    if (run.isReclaimed) return this.#take(run.claim);
    if (this.#runs.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #back(): void {
    this.#settling.retry();
    this.#claiming.work();
  }

  async #idleWithin(graceMs: number): Promise<void> {
    if (this.#runs.size === 0 || graceMs === 0) return;
    let timer!: NodeJS.Timeout;
    await new Promise<void>((resolve) => {
      this.#whenIdle.push(resolve);
      timer = setTimeout(resolve, graceMs);
    });
    clearTimeout(timer);
  }

  #lateError(error: unknown, id: string | undefined): void {
    const payload = this.host.errorPayload(error);
    const origin = id === undefined ? undefined : this.#origins.of(id);
    if (origin === null) return;
    const origins = origin === undefined ? this.#origins.all() : [origin];
    for (const each of origins) this.#tell(each, { type: 'lateError', payload });
  }

  #tell(origin: string, news: TaskNews): void {
    this.#told.tell(origin, news);
  }
}
