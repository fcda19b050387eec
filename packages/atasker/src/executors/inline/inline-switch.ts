import type { Offer } from '../../core/admission.ts';
import { Promise } from '../../platform/primordials.ts';
import type { TaskArgs } from '../../task/args.ts';
import type { Target } from '../../task/call.ts';
import type { InlineMode } from '../../task/inline-mode.ts';
import type { TaskHandle } from '../../task/task.ts';
import { carry } from '../../wire/text.ts';
import type { Demand, Executor, ExecutorSize } from '../executor.ts';
import { isInline, type InlineLoop } from './inline-loop.ts';

/** The pool of threads or processes that the inline mode replaces. */
export interface SwitchedPool<Settings> extends Executor {
  configure(settings: Settings): void;
  open(): void;
}

/**
 * Runs tasks in threads or processes or, in inline mode, on the event loop of the caller. The choice is made for each
 * task at its call, so the mode may change at any time, whatever runs or waits.
 */
export class InlineSwitch<Settings> implements Executor {
  readonly #members: SwitchedPool<Settings>;
  readonly #here: InlineLoop;
  readonly #mode: () => InlineMode | null;

  constructor(members: SwitchedPool<Settings>, here: InlineLoop, mode: () => InlineMode | null) {
    this.#members = members;
    this.#here = here;
    this.#mode = mode;
  }

  watchStarts(): void {
    this.#members.watchStarts?.();
  }

  get offer(): Offer<TaskHandle> | null {
    return this.#members.offer ?? null;
  }

  startOf(task: TaskHandle): number | null {
    return this.#members.startOf?.(task) ?? null;
  }

  get size(): ExecutorSize {
    return this.#members.size;
  }

  configure(settings: Settings): void {
    this.#members.configure(settings);
  }

  open(): void {
    this.#members.open();
  }

  /** Takes the arguments. A function that is known only in threads cannot run inline. */
  take(args: readonly unknown[], target: Target): TaskArgs {
    const isHere = this.#mode() !== null && target.fn !== null;
    return isHere ? this.#here.take(args) : this.#members.take(args, target);
  }

  takeText(text: string, attempt: number): TaskArgs | null {
    return this.#mode() === null ? carry(text, attempt) : null;
  }

  get isBroken(): boolean {
    return this.#members.isBroken ?? false;
  }

  hasRoomFor(task: TaskHandle): boolean {
    return isInline(task) ? this.#here.hasRoomFor() : this.#members.hasRoomFor(task);
  }

  /** Inline tasks never wait for room, so waiting tasks wait for members; without any, no member is started. */
  prepare(demand: Demand): void {
    const inline = this.#here.runningCount;
    if (inline === 0 && this.#mode() === null) return this.#members.prepare?.(demand);
    const slots = demand.slotsWanted() - inline;
    if (slots === 0) return;
    const { childWaits } = demand;
    this.#members.prepare?.({ slotsWanted: () => slots, mostSlotsWanted: () => slots, childWaits });
  }

  start(task: TaskHandle): void {
    if (isInline(task)) this.#here.start(task);
    else this.#members.start(task);
  }

  /** Both executors are asked: an executor ignores a task that it does not run. */
  stop(task: TaskHandle, error: Error): void {
    this.#here.stop(task, error);
    this.#members.stop(task, error);
  }

  end(task: TaskHandle): boolean {
    return this.#members.end(task); // inline tasks cannot be ended
  }

  readArrived(task: TaskHandle): void {
    this.#here.readArrived();
    this.#members.readArrived(task);
  }

  async close(): Promise<void> {
    await Promise.all([this.#here.close(), this.#members.close()]);
  }
}
