import { show } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { ServiceCalls } from '../../define/service-calls.ts';
import { arrayPush } from '../../platform/methods.ts';
import { Map, Promise } from '../../platform/primordials.ts';
import type { Service } from '../../services/service.ts';
import type { Host } from '../../task/task.ts';
import type { Reports } from '../reports/reports.ts';

/** A scheduler of the user, which the supervisor stops with itself. */
export interface Scheduler {
  /**
   * Called when the scheduler is registered. If it returns a promise, the stop of the supervisor waits for the promise.
   */
  loop?(): unknown;
  /** Called when the supervisor stops. If it returns a promise, the stop of the supervisor waits for the promise. */
  stop(): unknown;
}

interface SchedulersOwner {
  readonly reports: Reports;
  /** The host that takes the calls of task functions in schedulers. */
  readonly tasks: Host;
  /** Starts the supervisor if it is new; throws if the supervisor takes nothing new now. */
  open(): void;
}

/** A registered scheduler. */
interface Registered {
  readonly calls: ServiceCalls;
  /** Settles when `loop()` of the scheduler has ended; never rejects. */
  readonly end: Promise<void>;
}

/** The schedulers that were given to `registerScheduler`. */
export class Schedulers implements Service {
  readonly name = 'schedulers';
  readonly isBusy = false;
  readonly #owner: SchedulersOwner;
  readonly #schedulers = new Map<Scheduler, Registered>();

  constructor(owner: SchedulersOwner) {
    this.#owner = owner;
  }

  register(scheduler: Scheduler): void {
    if (typeof scheduler?.stop !== 'function') {
      throw invalidOption('type', `registerScheduler takes an object with a function stop, got ${show(scheduler)}`);
    }
    if (this.#schedulers.has(scheduler)) return;
    this.#owner.open();
    const calls = new ServiceCalls(this, this.#owner.tasks);
    const end = this.#guard(calls, 'loop of a scheduler', () => scheduler.loop?.());
    this.#schedulers.set(scheduler, { calls, end });
  }

  /** @returns false if the scheduler was not registered */
  unregister(scheduler: Scheduler): boolean {
    return this.#schedulers.delete(scheduler);
  }

  /** Stops all schedulers. Does not wait for the loop of a scheduler that itself waits for this stop. */
  async stop(): Promise<void> {
    const ends: Promise<void>[] = [];
    for (const scheduler of this.#schedulers.keys()) {
      const { calls, end } = this.#schedulers.get(scheduler)!;
      if (!calls.isAwaitingCaller()) arrayPush(ends, end);
      arrayPush(
        ends,
        this.#guard(calls, 'stop of a scheduler', () => scheduler.stop()),
      );
    }
    this.#schedulers.clear();
    await Promise.all(ends);
  }

  async #guard(calls: ServiceCalls, source: string, code: () => unknown): Promise<void> {
    try {
      await calls.call(calls.captureScope(), code);
    } catch (error) {
      this.#owner.reports.userError(error, source);
    }
  }
}
