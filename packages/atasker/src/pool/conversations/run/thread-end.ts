import { AbortController, abort } from '../../../platform/node.ts';
import type { Address } from '../../../task/call.ts';
import { contexts, type Context, type CurrentTask } from '../../../task/context.ts';
import { LatestValue } from '../../../task/progress.ts';
import type { RunFrame } from '../../../wire/frames.ts';
import type { WireValue } from '../../../wire/marks.ts';
import { packProgress, wireOf } from '../../../wire/values.ts';
import type { Role } from '../../channels/role.ts';
import { liveSignal } from './stop-signal.ts';

/** What a run needs from the thread it runs in. */
export interface RunPort {
  /** Whether the pool has asked this run to stop. */
  isStopAsked(run: number): boolean;
  /** Handles the frames that have arrived, now. */
  readArrived(): void;
  /** The same, if one for synchronous code is among them. */
  readUrgent(): void;
  sendProgress(run: number, values: WireValue): void;
  /** What is on the other side. */
  readonly kind: Role['kind'];
}

/** What a run is told by. */
export type RunHead = Pick<RunFrame, 'run' | 'id' | 'name' | 'priority'>;

/** One run of a task in this thread, and what `currentTask()` shows of it. */
export class Run implements CurrentTask {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly priority: CurrentTask['priority'];
  readonly address: Address;
  readonly attempt = 1;
  readonly context: Context<Run> = { current: this, runner: this };
  readonly #port: RunPort;
  #controller: AbortController | null = null;
  #signal: AbortSignal | null = null;
  #stopReason: Error | null = null;
  #progress: LatestValue<WireValue> | null = null;
  /** Children so far. */
  children = 0;
  /** Whether its synchronous part is done. */
  hasReturned = false;
  hasBegun = false;
  hasEnded = false;
  /** Whether anything went over the channel meanwhile: then its end must too, after that. */
  hasSent = false;

  constructor({ run, id, name, priority }: RunHead, address: Address, port: RunPort) {
    this.number = run;
    this.id = id;
    this.name = name;
    this.priority = priority;
    this.address = address;
    this.#port = port;
  }

  /** It may be taken out of here, like all the rest. */
  get progress(): (value: unknown) => void {
    return (value) => this.#tellProgress(value);
  }

  #tellProgress(value: unknown): void {
    if (this.hasEnded) return;
    const values = wireOf(packProgress(value, this.#port.kind));
    this.#progress ??= new LatestValue((latest) => this.#port.sendProgress(this.number, latest));
    if (this.#progress.isUnderWay) this.#port.readUrgent();
    this.#progress.put(values);
  }

  /** What it has told last has been read. */
  progressRead(): void {
    this.#progress?.arrived();
  }

  /** Nothing comes any more. */
  endProgress(): void {
    this.#progress?.flush();
  }

  get signal(): AbortSignal {
    if (this.#signal !== null) return this.#signal;
    this.#controller = new AbortController();
    const isStopAsked = (): boolean => this.#port.isStopAsked(this.number);
    this.#signal = liveSignal(this.#controller, isStopAsked, () => this.#port.readArrived());
    if (this.#stopReason !== null) abort(this.#controller, this.#stopReason);
    return this.#signal;
  }

  /** Whether it was asked to stop, also just now. */
  get stopReason(): Error | null {
    if (this.#stopReason === null && this.#port.isStopAsked(this.number)) this.#port.readArrived();
    return this.#stopReason;
  }

  stop(reason: Error): void {
    this.#stopReason = reason;
    const controller = this.#controller;
    if (controller !== null) contexts.run(this.context, () => abort(controller, reason)); // listeners are code of the task
  }
}
