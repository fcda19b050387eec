import { show } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { ServiceCalls } from '../../define/service-calls.ts';
import { arrayPush } from '../../platform/methods.ts';
import { Map, Promise } from '../../platform/primordials.ts';
import type { Service } from '../../services/service.ts';
import type { Host } from '../../task/task.ts';
import type { Reports } from '../reports/reports.ts';

/** A scheduler of the user's own, which is stopped with the supervisor. */
export interface Scheduler {
  /** Called when it is registered; a promise that it gives is waited for at the stop. */
  loop?(): unknown;
  /** Called when the supervisor stops; a promise is waited for. */
  stop(): unknown;
}

interface SchedulersContext {
  readonly reports: Reports;
  /** Who takes the tasks that schedulers call. */
  readonly tasks: Host;
  /** Starts the supervisor if it is new; throws if nothing new is taken now. */
  open(): void;
}

/** One that is registered. */
interface Registered {
  readonly calls: ServiceCalls;
  /** Settles with its loop; never rejects. */
  readonly end: Promise<void>;
}

/** What was given to `registerScheduler`. */
export class Schedulers implements Service {
  readonly name = 'schedulers';
  readonly isBusy = false;
  readonly #context: SchedulersContext;
  readonly #schedulers = new Map<Scheduler, Registered>();

  constructor(context: SchedulersContext) {
    this.#context = context;
  }

  register(scheduler: Scheduler): void {
    if (typeof scheduler?.stop !== 'function') {
      throw invalidOption('type', `registerScheduler takes an object with a function stop, got ${show(scheduler)}`);
    }
    if (this.#schedulers.has(scheduler)) return;
    this.#context.open();
    const calls = new ServiceCalls(this, this.#context.tasks);
    const end = this.#guard(calls, 'loop of a scheduler', () => scheduler.loop?.());
    this.#schedulers.set(scheduler, { calls, end });
  }

  /** @returns false if it was not registered */
  unregister(scheduler: Scheduler): boolean {
    return this.#schedulers.delete(scheduler);
  }

  /** One that has called this, and waits for it, is not waited for. */
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
      this.#context.reports.userError(error, source);
    }
  }
}
