import { setImmediate as turn } from 'node:timers/promises';
import * as atasker from 'atasker';
import { checkBoolean, checkKeys } from '../common/check.ts';
import type { InlineMode, ObservedTask } from '../task/inline-mode.ts';

/** The part of the library that its types do not show. */
interface Internals {
  readonly inlineMode: () => InlineMode | null;
  readonly setInlineMode: (mode: InlineMode | null) => void;
}

const { isPoolThread, TaskError, TaskStatus } = atasker;
const { inlineMode, setInlineMode } = atasker as unknown as Internals;

/** Options of `inlineTasks`. */
export interface InlineOptions {
  /** Whether arguments and results are cloned as for a thread; else references pass. @defaultValue `true` */
  clone?: boolean | undefined;
}

/** What `inlineTasks` gives. */
export interface InlineTasks extends AsyncDisposable {
  /**
   * Cancels tasks that are not due yet, waits for the others, and ends the inline mode.
   *
   * @throws the error of a task that has failed and that nobody looked at; an AggregateError if there are
   * several. Each is thrown once: a second call has nothing more to say.
   */
  stop(): Promise<void>;
}

/**
 * From now on calls of task functions run on the event loop of their caller, also those for threads and
 * processes, whatever their supervisor. Values and errors are cloned and refused as they are on the way to a
 * thread and back; limits, priorities, time limits and nested tasks work. A definition need not stand at the
 * top level of its module.
 *
 * Tasks that were called before go on where they are. In a pool thread it does nothing.
 *
 * @throws TaskError `ERR_INLINE_ACTIVE` if it is on already, for one `stop()` has to answer for a task;
 * TypeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * let inline: InlineTasks;
 * beforeEach(() => void (inline = inlineTasks()));
 * afterEach(() => inline.stop());
 */
export function inlineTasks(options: InlineOptions = {}): InlineTasks {
  checkKeys('inlineTasks options', options, ['clone']);
  const run = new InlineRun(checkBoolean('clone', options.clone ?? true));
  if (!isPoolThread) run.begin();
  return run;
}

class InlineRun implements InlineTasks, InlineMode {
  readonly clone: boolean;
  readonly origin = new Error('inlineTasks() was called here');
  /** What the environment asks for. */
  #before: InlineMode | null = null;
  readonly #out = new Set<ObservedTask>();
  #failed: ObservedTask[] = [];
  #drained: Promise<void> | null = null;
  #wake: () => void = () => {};

  constructor(clone: boolean) {
    this.clone = clone;
  }

  begin(): void {
    const before = inlineMode();
    if (before !== null && before.origin !== null) {
      const message = 'inlineTasks() is on already; call stop() of what it has given first';
      throw new TaskError('ERR_INLINE_ACTIVE', message, { cause: before.origin });
    }
    this.#before = before;
    setInlineMode(this);
  }

  submitted(task: ObservedTask): void {
    this.#out.add(task);
    if (task.status === TaskStatus.delayed) this.#wake();
  }

  ended(task: ObservedTask): void {
    if (!this.#out.delete(task)) return; // it was called before
    if (task.status === TaskStatus.failed && !task.isObserved) this.#failed.push(task);
    if (this.#out.size === 0) this.#wake();
  }

  async stop(): Promise<void> {
    this.#drained ??= this.#drain();
    await this.#drained;
    this.#drained = null;
    if (inlineMode() === this) setInlineMode(this.#before);
    const failed = this.#failed.splice(0).filter(({ isObserved }) => !isObserved);
    const errors = failed.map(({ error }) => error); // to read it is to look at it
    if (errors.length === 1) throw errors[0] as Error;
    if (errors.length === 0) return;
    const names = failed.map(({ name, id }) => `${name} (${id})`).join(', ');
    throw new AggregateError(errors, `${errors.length} tasks failed and nobody looked at them: ${names}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Until no task is out, also none that the end of another one has led to. */
  async #drain(): Promise<void> {
    do {
      for (const task of this.#out) if (task.status === TaskStatus.delayed) task.cancel(STOPPED);
      if (this.#out.size > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      await turn(); // who waited for a task may look at it, or call the next one
    } while (this.#out.size > 0);
  }
}

const STOPPED = 'the inline mode was stopped before the task was due';
