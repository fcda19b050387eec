import type { AsyncResource } from 'node:async_hooks';
import { Beat } from '../../common/beat.ts';
import { isThenable } from '../../common/thenable.ts';
import { BackOff } from '../../core/back-off.ts';
import { arrayPush, arraySplice, each } from '../../platform/methods.ts';
import { runInScope } from '../../platform/node.ts';
import { Math, Promise } from '../../platform/primordials.ts';
import type { ServiceHost } from '../service.ts';
import type { Rhythm } from './rhythm.ts';

/** After this many executions the event loop gets a turn, even if a queue never gets empty. */
const MOST_AT_A_BEAT = 256;

/**
 * Runs one execution, and settles when it has ended: with the result of the executor function and whether that stops
 * the worker, or with what the function threw. An execution that runs longer than it may has failed before it ends: it
 * calls `failed`, and resolves.
 */
export type Execute = (given: readonly unknown[], failed: (error: unknown) => void) => Promise<Executed>;

/** An execution that has ended. */
export interface Executed {
  readonly result: unknown;
  readonly stops: boolean;
}

/** What a pulse reports of an execution. */
export interface PulseOwner {
  /** `isAwaited`: whether somebody waits for the result. */
  readonly failed: (error: unknown, given: readonly unknown[], isAwaited: boolean) => void;
  readonly returnedFalse: () => void;
}

/**
 * The executions of a worker from a start to its stop. Every change makes the pulse check what is due (`poke`). An
 * execution that is due begins in the next turn of the event loop, so that the event loop always gets its turn; one
 * alarm is set for an execution that is due later. After a failure no execution begins before the pause is over.
 */
export class Pulse {
  readonly #host: ServiceHost;
  readonly #rhythm: Rhythm<never>;
  readonly #execute: Execute;
  readonly #owner: PulseOwner;
  readonly #isUnref: boolean;
  readonly #backOff = new BackOff();
  #isBeating = false;
  #release: (() => void) | null = null;
  readonly #next: Beat;
  #running = 0;
  #runs = 0;
  #failures = 0;
  #lastExecuted: number | null = null;
  #whenIdle: (() => void)[] = [];
  readonly #halted: Promise<void>;
  #resolveHalted: () => void = () => {};

  /**
   * @param scope the async context of everything that a beat calls, whoever has caused the beat
   * @param isUnref whether the program may end meanwhile
   */
  constructor(
    host: ServiceHost,
    scope: AsyncResource,
    rhythm: Rhythm<never>,
    execute: Execute,
    owner: PulseOwner,
    isUnref: boolean,
  ) {
    this.#host = host;
    this.#next = new Beat(host, () => runInScope(scope, () => this.#beat()));
    this.#rhythm = rhythm;
    this.#execute = execute;
    this.#owner = owner;
    this.#isUnref = isUnref;
    this.#halted = new Promise((resolve) => (this.#resolveHalted = resolve));
  }

  get counts(): { readonly running: number; readonly runs: number; readonly failures: number } {
    return { running: this.#running, runs: this.#runs, failures: this.#failures };
  }

  /** When the last execution began, in epoch milliseconds; null if none has begun. */
  get lastExecuted(): number | null {
    return this.#lastExecuted;
  }

  get running(): number {
    return this.#running;
  }

  /** How many more milliseconds no execution begins because of failures. */
  get backOffMs(): number {
    return Math.max(0, Math.ceil(this.#backOff.until - this.#host.clock.now()));
  }

  /**
   * When the next execution is due, in epoch milliseconds; null if none is, or if it has to wait for the end of the
   * present one.
   */
  get nextRun(): number | null {
    if (!this.#isBeating) return null;
    const { clock } = this.#host;
    const now = clock.now();
    const dueAt = this.#rhythm.dueAt(now);
    if (dueAt === Infinity || (dueAt <= now && this.#running >= this.#rhythm.concurrency)) return null;
    const at = dueAt === -Infinity ? now : Math.max(dueAt, this.#backOff.until, now);
    return Math.ceil(clock.date() + (at - now));
  }

  begin(): void {
    this.#isBeating = true;
    this.#rhythm.begin(this.#host.clock.now(), () => this.poke());
    this.poke();
  }

  resume(): void {
    this.#isBeating = true;
    this.#rhythm.resumed(this.#host.clock.now());
    this.poke();
  }

  /** Begins no further execution until `resume`; running executions go on. */
  pause(): void {
    this.#isBeating = false;
    this.poke();
  }

  /** Begins no further execution for good. */
  halt(): void {
    this.pause();
    this.#rhythm.halted();
    this.#resolveHalted();
  }

  whenHalted(): Promise<void> {
    return this.#halted;
  }

  /** Resolves when no execution runs. */
  whenIdle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => arrayPush(this.#whenIdle, resolve));
  }

  /** Something has changed: plans the next beat. */
  poke(): void {
    const now = this.#host.clock.now();
    this.#holdIf(this.#running > 0 || (this.#isBeating && this.#rhythm.dueAt(now) < Infinity));
    const hasRoom = this.#isBeating && this.#running < this.#rhythm.concurrency;
    const isDue = hasRoom && this.#isDue(now);
    if (isDue && this.#next.isInNextTurn) return;
    this.#next.clear();
    if (!hasRoom) return;
    if (isDue) this.#next.setForNextTurn(this.#isUnref);
    else if (this.#rhythm.wakeAt(now) < Infinity)
      this.#next.setFor(Math.max(this.#rhythm.wakeAt(now), this.#backOff.until));
  }

  /** Whether an execution is due. A due time of -Infinity (a trigger) even skips the pause after a failure. */
  #isDue(now: number): boolean {
    const dueAt = this.#rhythm.dueAt(now);
    return dueAt === -Infinity || Math.max(dueAt, this.#backOff.until) <= now;
  }

  /** Begins the executions that are due, as far as the concurrency allows. */
  #beat(): void {
    const now = this.#host.clock.now();
    for (let begun = 0; begun < MOST_AT_A_BEAT; begun += 1) {
      if (!this.#isBeating || this.#running >= this.#rhythm.concurrency || !this.#isDue(now)) break;
      void this.#run(now);
    }
    this.poke();
  }

  async #run(now: number): Promise<void> {
    this.#running += 1;
    this.#runs += 1;
    this.#lastExecuted = this.#host.clock.date();
    let given: readonly unknown[] = [];
    let stops = false;
    let backsOff = true; // a queue of the user that throws would throw again at once
    let hasFailed = false;
    const failed = (error: unknown): void => {
      hasFailed = true;
      this.#failures += 1;
      if (backsOff) this.#backOff.failed(this.#host.clock.now(), now);
      this.#owner.failed(error, given, this.#rhythm.settled(given, { error }));
    };
    try {
      const taken = this.#rhythm.take(now);
      given = isThenable(taken) ? await taken : taken;
      backsOff = this.#rhythm.backsOff;
      const executed = await this.#execute(given, failed);
      stops = executed.stops && !hasFailed;
      if (!hasFailed) {
        this.#backOff.succeeded(now);
        this.#rhythm.settled(given, executed);
      }
    } catch (error) {
      failed(error);
    }
    this.#running -= 1;
    this.#rhythm.ended(Math.max(this.#host.clock.now(), this.#backOff.until));
    if (stops) this.#owner.returnedFalse();
    this.poke();
    if (this.#running === 0) for (const resolve of each(arraySplice(this.#whenIdle, 0))) resolve();
  }

  #holdIf(isWanted: boolean): void {
    if (isWanted && !this.#isUnref) {
      this.#release ??= this.#host.hold();
    } else {
      this.#release?.();
      this.#release = null;
    }
  }
}
