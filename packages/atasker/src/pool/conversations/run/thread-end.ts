import { AbortController, abort } from '../../../platform/node.ts';
import type { Address } from '../../../task/call.ts';
import { contexts, type Context, type CurrentTask } from '../../../task/context.ts';
import { LatestValue } from '../../../task/progress.ts';
import type { WireValue } from '../../../wire/marks.ts';
import { packProgress, wireOf } from '../../../wire/values.ts';
import type { Role } from '../../channels/role.ts';
import type { RunFrame } from '../../frames/run.ts';
import { liveSignal } from './stop-signal.ts';

/** What a run needs from the thread it runs in. */
export interface RunOwner {
  /** Whether the pool has asked this run to stop. */
  isStopAsked(run: number): boolean;
  /** Handles all frames that have arrived by now. */
  readArrived(): void;
  /** Does the same, but only if a frame for synchronous code is among them. */
  readUrgent(): void;
  sendProgress(run: number, values: WireValue): void;
  /** Whether this member is a thread or a process. */
  readonly kind: Role['kind'];
}

/** The fields of a frame that identify a run. */
export type RunHead = Pick<RunFrame, 'run' | 'id' | 'name' | 'priority'>;

/** One run of a task in this thread, and what `currentTask()` shows of it. */
export class Run implements CurrentTask {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly priority: CurrentTask['priority'];
  readonly address: Address;
  attempt = 1;
  /** Whether the result is to be told as a text, because the task comes from another program. */
  answersInText = false;
  readonly context: Context<Run> = { current: this, runner: this };
  readonly #owner: RunOwner;
  #controller: AbortController | null = null;
  #signal: AbortSignal | null = null;
  #stopReason: Error | null = null;
  #progress: LatestValue<WireValue> | null = null;
  /** How many children the run has called so far. */
  children = 0;
  /** Whether the synchronous part of the function is done. */
  hasReturned = false;
  hasBegun = false;
  hasEnded = false;
  /** Whether the run has sent a frame over the channel: then its end must go over the channel too, after that frame. */
  hasSent = false;

  constructor({ run, id, name, priority }: RunHead, address: Address, owner: RunOwner) {
    this.number = run;
    this.id = id;
    this.name = name;
    this.priority = priority;
    this.address = address;
    this.#owner = owner;
  }

  /** A function that works without its object, like all the other members: the task may destructure `currentTask()`. */
  get progress(): (value: unknown) => void {
    return (value) => this.#tellProgress(value);
  }

  #tellProgress(value: unknown): void {
    if (this.hasEnded) return;
    const values = wireOf(packProgress(value, this.#owner.kind));
    this.#progress ??= new LatestValue((latest) => this.#owner.sendProgress(this.number, latest));
    if (this.#progress.isUnderWay) this.#owner.readUrgent();
    this.#progress.put(values);
  }

  /** The pool has read the last progress value. */
  progressRead(): void {
    this.#progress?.arrived();
  }

  /** No more progress comes: sends the value that still waits. */
  endProgress(): void {
    this.#progress?.flush();
  }

  get signal(): AbortSignal {
    if (this.#signal !== null) return this.#signal;
    this.#controller = new AbortController();
    const isStopAsked = (): boolean => this.#owner.isStopAsked(this.number);
    this.#signal = liveSignal(this.#controller, isStopAsked, () => this.#owner.readArrived());
    if (this.#stopReason !== null) abort(this.#controller, this.#stopReason);
    return this.#signal;
  }

  /** Why the run was asked to stop, also if that was just now; null if it was not. */
  get stopReason(): Error | null {
    if (this.#stopReason === null && this.#owner.isStopAsked(this.number)) this.#owner.readArrived();
    return this.#stopReason;
  }

  stop(reason: Error): void {
    this.#stopReason = reason;
    const controller = this.#controller;
    if (controller !== null) contexts.run(this.context, () => abort(controller, reason)); // listeners are user code
  }
}
