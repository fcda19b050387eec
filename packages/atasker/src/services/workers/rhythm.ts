import type { Clock } from '../../common/clock.ts';
import type { ServiceCalls } from '../../define/service-calls.ts';
import { Promise } from '../../platform/primordials.ts';
import type { WorkerKind } from '../service.ts';

/** When a worker executes, and with what: the difference between the kinds of worker. */
export interface Rhythm<O> {
  readonly kind: WorkerKind;
  /** The options that the kind has besides those of every worker. */
  readonly keys: readonly string[];
  /** Those of them that a start may change. */
  readonly startKeys: readonly string[];
  /** How many executions may run at once. */
  readonly concurrency: number;
  /** Whether a failed execution makes a pause before the next one. */
  readonly backsOff: boolean;
  /** How many ticks were left out. */
  readonly skipped: number;
  /** How many jobs wait. */
  readonly queued: number;
  /** Tells whose rhythm it is. */
  belongsTo(calls: ServiceCalls): void;
  /** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
  check(options: O): void;
  /** The worker starts with these options; a promise if something must be loaded first. */
  prepare(options: O, clock: Clock): Promise<void> | void;
  /** The worker has started; `changed` asks to look at once when something is due. */
  begin(now: number, changed: () => void): void;
  /** When the next execution is due; Infinity: not before something happens. */
  dueAt(now: number): number;
  /** When to look again whether it is due. */
  wakeAt(now: number): number;
  /** An execution begins. @returns what the executor gets before the arguments of the start, or a promise of it */
  take(now: number): readonly unknown[] | PromiseLike<readonly unknown[]>;
  /** It has ended; the next one may begin at that time. */
  ended(notBefore: number): void;
  /** The worker goes on after a pause. */
  resumed(now: number): void;
  /** Resolves when there is nothing left to execute; rejects if the worker stops before. */
  drained(): Promise<void>;
  /** Nothing is executed any more until the next start: nobody may wait for that. */
  halted(): void;
}

/** What the kinds without ticks, jobs and settings of their own have in common. */
export abstract class PlainRhythm<O> implements Rhythm<O> {
  abstract readonly kind: WorkerKind;
  readonly keys: readonly string[] = [];
  readonly startKeys: readonly string[] = [];
  readonly concurrency: number = 1;
  readonly backsOff: boolean = true;
  readonly skipped: number = 0;
  protected changed: () => void = () => {};

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

  halted(): void {}
}
