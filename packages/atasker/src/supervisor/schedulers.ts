import { invalidOption } from '../errors.ts';
import { show } from '../options.ts';
import { arrayPush, listOf } from '../platform/methods.ts';
import { Map, Promise } from '../platform/primordials.ts';
import type { Reports } from './reports.ts';

/** A scheduler of the user's own, which is stopped with the supervisor. */
export interface Scheduler {
  /** Called when it is registered; a promise that it gives is waited for at the stop. */
  loop?(): unknown;
  /** Called when the supervisor stops; a promise is waited for. */
  stop(): unknown;
}

interface SchedulersContext {
  readonly reports: Reports;
  /** Starts the supervisor if it is new; throws if nothing new is taken now. */
  open(): void;
}

/** What was given to `registerScheduler`. */
export class Schedulers {
  readonly #context: SchedulersContext;
  /** With the end of their loops, errors included. */
  readonly #schedulers = new Map<Scheduler, Promise<void>>();

  constructor(context: SchedulersContext) {
    this.#context = context;
  }

  register(scheduler: Scheduler): void {
    if (typeof scheduler?.stop !== 'function') {
      throw invalidOption('type', `registerScheduler takes an object with a function stop, got ${show(scheduler)}`);
    }
    if (this.#schedulers.has(scheduler)) return;
    this.#context.open();
    this.#schedulers.set(
      scheduler,
      this.#guard('loop of a scheduler', () => scheduler.loop?.()),
    );
  }

  /** @returns false if it was not registered */
  unregister(scheduler: Scheduler): boolean {
    return this.#schedulers.delete(scheduler);
  }

  async stop(): Promise<void> {
    const ends = listOf(this.#schedulers.values());
    for (const scheduler of this.#schedulers.keys()) {
      arrayPush(
        ends,
        this.#guard('stop of a scheduler', () => scheduler.stop()),
      );
    }
    this.#schedulers.clear();
    await Promise.all(ends);
  }

  async #guard(source: string, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#context.reports.userError(error, source);
    }
  }
}
