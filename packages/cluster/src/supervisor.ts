import {
  isPoolThread,
  TaskSupervisor,
  type AsyncPoolOptions,
  type ProcessPoolOptions,
  type StopOptions,
  type StopReport,
  type Task,
  type ThreadPoolOptions,
} from 'atasker';
import { checkDuration } from 'atasker/remote';
import { clusterTask, type ClusterInfo, type ClusterTask } from './found.ts';
import { Cluster } from './cluster.ts';
import { invalidOption } from './common/errors.ts';
import type { Membership } from './membership.ts';
import { clusterSettings, supervisorOptions, uniqueId, type ClusterOptions } from './options.ts';

/** What a task function hands to a supervisor. */
type Call = Parameters<TaskSupervisor['submit']>[0];

/**
 * A supervisor whose tasks are kept in a store, and run in whichever program of the cluster has room for them. Task
 * functions, handles, priorities and options are those of a `TaskSupervisor`.
 *
 * Tasks that name a `loop`, and async functions that no module defines, run in this program, as do workers and jobs.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * setTaskSupervisor(new ClusterSupervisor({ store: 'sqlite:./tasks.db', node: { tasks: './tasks.js' } }));
 * const task = thumbnail(image, 320);
 * await task.accepted; // the store has it: it will run, even if this program dies
 */
export class ClusterSupervisor extends TaskSupervisor {
  readonly #cluster: Cluster | null;

  constructor(options: ClusterOptions) {
    const settings = clusterSettings(options);
    const own = { ...supervisorOptions(options), id: uniqueId(options.id) };
    const cluster = settings.store === 'local' ? null : new Cluster(settings, own);
    super(cluster === null ? { ...own, id: options.id } : { ...own, remote: (events) => cluster.join(this, events) });
    this.#cluster = cluster;
  }

  /**
   * Makes a task from a call of a task function. A call with the id of a task that has not ended gives that task
   * (`putTask` with `taskId`).
   */
  override submit(call: Call): Task {
    const known = call.id === undefined || this.#cluster === null ? undefined : this.getTask(call.id);
    return known ?? super.submit(call);
  }

  /**
   * Stops the supervisor, and the node of this program: as `stop()` of a `TaskSupervisor`, but a task that the store has
   * is not cancelled when `wait` is over. It goes on without this program, and its handle here fails with
   * `ERR_SUPERVISOR_STOPPED`. `cancelTasks` cancels all tasks of this supervisor, wherever they are.
   */
  override stop(options: StopOptions = {}): Promise<StopReport> {
    const { wait = true, cancelTasks = false } = options;
    const limitMs = typeof wait === 'boolean' ? (wait ? Infinity : 0) : checkDuration('wait', wait);
    if (this.#cluster === null || cancelTasks || limitMs === Infinity) return super.stop(options);
    const stopping = super.stop({ ...options, wait: true });
    const leave = (): void => {
      this.#cluster!.leave();
      super.stop({ cancelTasks: true }).catch(() => {}); // `stopping` tells
    };
    const timer = setTimeout(leave, limitMs);
    stopping.then(
      () => clearTimeout(timer),
      () => {},
    );
    return stopping;
  }

  /** Changes the thread pool, and that of the node. */
  override setThreadPool(options: ThreadPoolOptions): void {
    super.setThreadPool(options);
    this.#cluster?.setThreadPool(options);
  }

  /** Changes the process pool, and that of the node. */
  override setMpPool(options: ProcessPoolOptions): void {
    super.setMpPool(options);
    this.#cluster?.setProcessPool(options);
  }

  /** Changes the limits of the async tasks, and those of the node. */
  override setAsyncPool(options: AsyncPoolOptions): void {
    super.setAsyncPool(options);
    this.#cluster?.setAsyncPool(options);
  }

  /**
   * The task with this id, whichever program has submitted it; undefined if the store does not know it, or not any more
   * (`keepResults`).
   *
   * @throws TaskError `ERR_STORE_UNAVAILABLE`; LostError `ERR_TASK_LOST` if what the store has cannot be read.
   */
  async findTask(id: string): Promise<ClusterTask | undefined> {
    const { store } = await this.#open();
    const [found] = await store.find([id]);
    return found === undefined ? undefined : clusterTask(found, this.remote);
  }

  /**
   * Starts the supervisor and its node. Resolves when the node claims tasks; without this call the node starts with the
   * supervisor, and what goes wrong is told by the event `lateError`.
   *
   * @throws TaskError `ERR_NAME_IN_USE` if two definitions have the same name; what a file of `tasks` throws; what the
   * store throws if it cannot be opened.
   */
  async startNode(): Promise<void> {
    if (isPoolThread) return;
    this.start();
    await this.#cluster?.membership?.whenNodeStarted();
  }

  /** Whether the node of this program claims tasks: the store can be reached, and no pool is broken. */
  get isNodeReady(): boolean {
    return this.#cluster?.membership?.node?.isReady ?? false;
  }

  /** How many tasks the node of this program has claimed that have not ended. */
  get nodeTasks(): number {
    return this.#cluster?.membership?.node?.running ?? 0;
  }

  /** What all programs have in the store: nodes, waiting and running tasks. @throws TaskError `ERR_STORE_UNAVAILABLE` */
  async getClusterInfo(): Promise<ClusterInfo> {
    const { store } = await this.#open();
    return store.counts();
  }

  async #open(): Promise<Membership['link']> {
    if (this.#cluster === null || isPoolThread) throw localOnly();
    this.start();
    const { link } = this.#cluster.membership!;
    await link.open();
    return link;
  }
}

function localOnly(): Error {
  const message =
    "a supervisor with store 'local', or in a pool thread, has no cluster to ask: use getTask and getInfo";
  return invalidOption('type', message);
}
