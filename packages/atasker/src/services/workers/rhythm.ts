import type { Clock } from '../../common/clock.ts';
import type { ServiceCalls } from '../../define/service-calls.ts';
import { Promise } from '../../platform/primordials.ts';
import type { WorkerKind } from '../service.ts';

/** How an execution has ended. */
export type Ending = { readonly result: unknown } | { readonly error: unknown };

/** When a worker executes, and with which arguments: this is what differs between the kinds of workers. */
export interface Rhythm<O> {
  readonly kind: WorkerKind;
  /** The options of the kind, in addition to those of every worker. */
  readonly keys: readonly string[];
  /** The keys of these options that a start may change. */
  readonly startKeys: readonly string[];
  /** How many executions may run at once. */
  readonly concurrency: number;
  /** Whether a pause follows a failed execution. */
  readonly backsOff: boolean;
  /** How many ticks were skipped. */
  readonly skipped: number;
  /** How many jobs wait. */
  readonly queued: number;
  /** Tells the rhythm the calls of its worker. */
  belongsTo(calls: ServiceCalls): void;
  /** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
  check(options: O): void;
  /** The worker starts with these options. Returns a promise if something has to be loaded first. */
  prepare(options: O, clock: Clock): Promise<void> | void;
  /** The worker has started. The rhythm calls `changed` when something has become due in between. */
  begin(now: number, changed: () => void): void;
  /** When the next execution is due; Infinity: nothing is due before something changes. */
  dueAt(now: number): number;
  /** When to check again whether an execution is due. */
  wakeAt(now: number): number;
  /**
   * An execution begins. @returns the first arguments of the executor function, before those of the start, or a promise
   * of them
   */
  take(now: number): readonly unknown[] | PromiseLike<readonly unknown[]>;
  /** An execution has ended; the next one may begin at `notBefore`. */
  ended(notBefore: number): void;
  /** The worker goes on after a pause. */
  resumed(now: number): void;
  /** Resolves when nothing is left to execute; rejects if the worker stops before that. */
  drained(): Promise<void>;
  /** The worker stops because another one replaces it. */
  willHandOver(): void;
  /** Hands over what is left to execute to the rhythm of the worker that replaces this one. */
  handOver(to: object): Promise<void> | void;
  /** Tells whoever waits for the result of an execution. @returns whether somebody does */
  settled(given: readonly unknown[], end: Ending): boolean;
  /** Nothing is executed any more until the next start: waiting calls must be settled. */
  halted(): void;
}

/** The common part of rhythms: defaults for kinds without ticks, jobs and settings of their own. */
export abstract class PlainRhythm<O> implements Rhythm<O> {
  abstract readonly kind: WorkerKind;
  readonly keys: readonly string[] = [];
  readonly startKeys: readonly string[] = [];
  readonly concurrency: number = 1;
  readonly backsOff: boolean = true;
  protected changed: () => void = () => {};

  get skipped(): number {
    return 0;
  }

  get queued(): number {
    return 0;
  }

  belongsTo(_calls: ServiceCalls): void {}

  check(_options: O): void {}

  prepare(_options: O, _clock: Clock): Promise<void> | void {}

  begin(_now: number, changed: () => void): void {
    this.changed = changed;
  }

  abstract dueAt(now: number): number;

  wakeAt(now: number): number {
    return this.dueAt(now);
  }

  take(_now: number): readonly unknown[] | PromiseLike<readonly unknown[]> {
    return [];
  }

  ended(_notBefore: number): void {}

  resumed(_now: number): void {}

  drained(): Promise<void> {
    return Promise.resolve();
  }

  willHandOver(): void {}

  handOver(_to: object): Promise<void> | void {}

  settled(_given: readonly unknown[], _end: Ending): boolean {
    return false;
  }

  halted(): void {}
}
