import { AsyncResource, executionAsyncId } from 'node:async_hooks';
import { deserialize, serialize } from 'node:v8';
import { noContext } from '../../common/clock.ts';
import { aboutTask } from '../../common/errors.ts';
import { runInScope, structuredClone } from '../../platform/node.ts';
import { Map, TypeError } from '../../platform/primordials.ts';
import { OwnArgs } from '../../task/args.ts';
import type { Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';
import { decodeOutcome, encodeOutcome } from '../../wire/outcome.ts';
import { orCloneError, packArgs, packProgress, unpack, wireOf, type Packed } from '../../wire/values.ts';
import { EventLoop } from '../event-loop.ts';
import type { Executor, ExecutorEvents, ExecutorSize, MemberType } from '../executor.ts';

/** Copies a value as the channel to a thread or a process does. */
const copies: Readonly<Record<MemberType, <T>(value: T) => T>> = {
  thread: structuredClone,
  process: (value) => deserialize(serialize(value)) as typeof value,
};

/** The arguments of a task that runs on this event loop in place of a thread. */
export class InlineArgs extends OwnArgs {
  readonly values: readonly unknown[];
  readonly areCloned: boolean;
  /**
   * The async context of the function. Its trigger is the caller, as test runners need it; it has none of the caller's
   * AsyncLocalStorage values.
   */
  readonly context: AsyncResource;

  constructor(values: readonly unknown[], areCloned: boolean) {
    super();
    const triggerAsyncId = executionAsyncId();
    this.values = values;
    this.areCloned = areCloned;
    this.context = runInScope(noContext, () => new AsyncResource('atasker.inline', { triggerAsyncId }));
  }
}

/** Whether a task that has not started yet will run on this event loop. */
export function isInline(task: TaskHandle): boolean {
  return task.args instanceof InlineArgs;
}

/**
 * Runs the tasks of a pool of threads or processes on the event loop of their caller. Values and errors are converted
 * as on the way to a thread and back, so a test sees what a thread would deliver. As in a thread, a task does not see
 * the AsyncLocalStorage of its caller.
 */
export class InlineLoop implements Executor {
  readonly #kind: MemberType;
  readonly #events: ExecutorEvents;
  readonly #loop: EventLoop;
  readonly #clones: () => boolean;
  readonly #running = new Map<TaskHandle, InlineArgs>();

  /** @param clones whether to clone values; asked at each call of a task function. */
  constructor(kind: MemberType, events: ExecutorEvents, clones: () => boolean) {
    const ended = (task: TaskHandle, outcome: Outcome): void => this.#ended(task, outcome);
    this.#kind = kind;
    this.#events = events;
    this.#loop = new EventLoop(
      { ...events, ended, progressed: (task, value) => this.#progressed(task, value) },
      { context: true },
      (task) => this.#running.get(task)!.context,
    );
    this.#clones = clones;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  get size(): ExecutorSize {
    return this.#loop.size;
  }

  take(args: readonly unknown[]): InlineArgs {
    if (!this.#clones()) return new InlineArgs(args, false);
    return new InlineArgs(this.#copy(packArgs(args, this.#kind)), true);
  }

  /** The values as they would arrive in a thread or process. */
  #copy(taken: Packed): readonly unknown[] {
    const value = orCloneError('args', () => copies[this.#kind](taken.value));
    return unpack({ ...wireOf(taken), value }) as readonly unknown[];
  }

  hasRoomFor(): boolean {
    return this.#loop.hasRoomFor();
  }

  start(task: TaskHandle): void {
    const { args } = task;
    if (!(args instanceof InlineArgs)) throw new TypeError(`${task.name} was called for another executor`);
    task.args = args.values;
    this.#running.set(task, args);
    this.#loop.start(task);
  }

  stop(task: TaskHandle, error: Error): void {
    this.#loop.stop(task, error);
  }

  end(): boolean {
    return this.#loop.end();
  }

  readArrived(): void {
    this.#loop.readArrived();
  }

  close(): Promise<void> {
    return this.#loop.close();
  }

  #progressed(task: TaskHandle, value: unknown): void {
    const isCloned = this.#running.get(task)?.areCloned ?? false;
    this.#events.progressed(task, isCloned ? this.#copy(packProgress(value, this.#kind))[0] : value);
  }

  #ended(task: TaskHandle, outcome: Outcome): void {
    const { areCloned } = this.#running.get(task)!;
    this.#running.delete(task);
    this.#events.ended(task, areCloned ? this.#cross(task, outcome) : outcome);
  }

  /** The outcome as the caller would get it from a thread or process. */
  #cross(task: TaskHandle, outcome: Outcome): Outcome {
    try {
      const sent = encodeOutcome(outcome, this.#kind); // an error becomes plain data, which needs no further clone
      const arrived = sent.kind === 'completed' ? orCloneError('result', () => copies[this.#kind](sent)) : sent;
      return decodeOutcome(arrived, `task ${task.name} (inline)`);
    } catch (error) {
      return this.#cross(task, { kind: 'failed', error: aboutTask(error, task) });
    }
  }
}
