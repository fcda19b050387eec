import type {
  AsyncPoolOptions,
  ProcessPoolOptions,
  SupervisorOptions,
  TaskSupervisor,
  ThreadPoolOptions,
} from 'atasker';
import type { RemoteEvents, RemoteRunner } from 'atasker/remote';
import { Membership } from './membership.ts';
import type { ClusterSettings } from './options.ts';

/** What a supervisor has of its cluster, over starts and stops. */
export class Cluster {
  readonly #settings: ClusterSettings;
  /** Of the supervisor that runs the tasks of the node. */
  #options: SupervisorOptions;
  /** From a start to the stop. */
  membership: Membership | null = null;

  constructor(settings: ClusterSettings, options: SupervisorOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  join(host: TaskSupervisor, events: RemoteEvents): RemoteRunner {
    this.membership = new Membership(this.#settings, this.#options, host.remote, events);
    return this.membership.runner;
  }

  leave(): void {
    this.membership?.runner.leave();
  }

  setThreadPool(options: ThreadPoolOptions): void {
    this.#options = { ...this.#options, threadPool: { ...this.#options.threadPool, ...options } };
    this.#node?.setThreadPool(options);
  }

  setProcessPool(options: ProcessPoolOptions): void {
    this.#options = { ...this.#options, processPool: { ...this.#options.processPool, ...options } };
    this.#node?.setMpPool(options);
  }

  setAsyncPool(options: AsyncPoolOptions): void {
    this.#options = { ...this.#options, asyncPool: { ...this.#options.asyncPool, ...options } };
    this.#node?.setAsyncPool(options);
  }

  get #node(): TaskSupervisor | undefined {
    return this.membership?.node?.supervisor;
  }
}
