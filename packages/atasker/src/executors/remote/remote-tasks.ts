import { systemClock } from '../../common/clock.ts';
import { isTaskError } from '../../common/errors.ts';
import { arrayPush, each } from '../../platform/methods.ts';
import { Map, Math } from '../../platform/primordials.ts';
import type { TaskType } from '../../task/call.ts';
import { lifeOf } from '../../task/life.ts';
import type { Outcome } from '../../task/outcome.ts';
import { LatestInTurn } from '../../task/progress.ts';
import type { TaskHandle } from '../../task/task.ts';
import { readError, readOrError, readText, reasonText } from '../../wire/text.ts';
import type { ExecutorEvents } from '../executor.ts';
import { Acceptance } from './acceptance.ts';
import { readEnd, writePayload } from './payload.ts';
import type { Remote, RemoteEnd, RemoteEvents, RemoteRunner } from './seam.ts';

/** A task that a runner has. */
interface Out {
  readonly task: TaskHandle;
  readonly events: ExecutorEvents;
  /** Whether the supervisor has started the task. A delayed task is there before. */
  isStarted: boolean;
  /** Whether the runner keeps it for good, and who waits for that. */
  readonly acceptance: Acceptance;
  /** What was reported before the supervisor had started the task. */
  readonly early: (() => void)[];
  /** What the function has returned after the end of the task, if that was reported before the end itself. */
  late: (() => void) | null;
  /** The progress of the task, as texts. */
  readonly progress: LatestInTurn<string>;
}

/** How many interrupted tasks are remembered after their end, for results that come late. */
const MOST_INTERRUPTED = 256;

/** The tasks of one supervisor that are in other programs, and the runner that took them there. */
export class RemoteTasks {
  readonly #remote: Remote;
  readonly #lateError: (error: Error) => void;
  #runner: RemoteRunner | null = null;
  readonly #out = new Map<string, Out>();
  /** Tasks that ended by a cancel or a time limit, the oldest first: their functions may still return. */
  readonly #interrupted = new Map<string, Out>();

  constructor(remote: Remote, lateError: (error: Error) => void) {
    this.#remote = remote;
    this.#lateError = lateError;
  }

  get #made(): RemoteRunner {
    this.#runner ??= this.#remote(this.#facts());
    return this.#runner;
  }

  /** Makes the runner. */
  open(): void {
    void this.#made;
  }

  /** @throws what the runner throws */
  submit(task: TaskHandle, events: ExecutorEvents, isStarted: boolean): void {
    const { id, name, priority, spec, target, args } = task;
    const { timeoutMs, cancelGraceMs, delayMs, tt } = spec;
    const payload = writePayload({ timeoutMs, cancelGraceMs, args: args as string });
    const definition = target.address!.name;
    const progress = new LatestInTurn<string>((text) => this.#tellProgress(task, events, text));
    const acceptance = new Acceptance(task);
    this.#out.set(id, { task, events, isStarted, acceptance, early: [], late: null, progress });
    try {
      this.#made.submit({ id, definition, name, tt, priority, delayMs, payload });
    } catch (error) {
      this.forget(task);
      throw error;
    }
  }

  /** The supervisor starts a task that has been submitted; false if it has not been. */
  start({ id }: TaskHandle): boolean {
    const out = this.#out.get(id);
    if (out === undefined) return false;
    out.isStarted = true;
    if (out.acceptance.isGiven) out.events.accepted(out.task);
    for (const report of each(out.early)) report();
    return true;
  }

  cancel({ id }: TaskHandle, error: unknown): void {
    if (this.#out.has(id)) this.#made.cancel(id, reasonText(error));
  }

  /** Nobody waits for this task any more. */
  forget({ id }: TaskHandle): void {
    this.#out.get(id)?.acceptance.ends();
    this.#out.delete(id);
  }

  accepted({ id }: TaskHandle): Promise<void> | null {
    return this.#out.get(id)?.acceptance.promise() ?? null;
  }

  setPriority({ id }: TaskHandle, priority: TaskHandle['priority']): boolean {
    return this.#out.has(id) && this.#made.setPriority(id, priority);
  }

  concurrency(tt: TaskType): number {
    return this.#made.concurrency(tt);
  }

  async close(): Promise<void> {
    const runner = this.#runner;
    this.#runner = null;
    for (const { task } of this.#out.values()) this.forget(task);
    this.#interrupted.clear();
    await runner?.close();
  }

  #facts(): RemoteEvents {
    return {
      accepted: (id) => {
        const out = this.#out.get(id);
        if (out !== undefined) accept(out);
      },
      refused: (id, error) => this.#report(id, (out) => this.#end(out, { kind: 'failed', error })),
      started: (id, at) => this.#report(id, (out) => begin(out, at)),
      progressed: (id, payload) => this.#report(id, (out) => out.task.isStarted() && out.progress.put(payload)),
      ended: (id, end, payload, startedAt) =>
        this.#report(id, (out) => {
          const outcome = outcomeOf(end, payload);
          if (startedAt !== null || outcome.kind === 'completed') begin(out, startedAt);
          else if (outcome.kind === 'failed') accept(out);
          this.#end(out, outcome);
        }),
      lateError: (payload) => this.#lateError(readOrError(readError, payload)),
      late: (id, end, payload) => {
        const out = this.#out.get(id);
        if (out === undefined) this.#late(id, end, payload);
        else out.late = () => this.#late(id, end, payload);
      },
    };
  }

  /** A value that cannot be read is left out: the task itself may still complete. */
  #tellProgress(task: TaskHandle, events: ExecutorEvents, text: string): void {
    let value: unknown;
    try {
      value = readText(text);
    } catch (error) {
      return this.#lateError(error as Error);
    }
    events.progressed(task, value);
  }

  #report(id: string, report: (out: Out) => unknown): void {
    const out = this.#out.get(id);
    if (out === undefined) return;
    if (out.isStarted) report(out);
    else arrayPush(out.early, () => this.#report(id, report));
  }

  #end(out: Out, outcome: Outcome): void {
    const { task, events } = out;
    out.progress.flush();
    this.forget(task);
    if (wasInterrupted(outcome)) lifeOf(task).interrupt ??= outcome;
    if (task.life?.interrupt) this.#remember(out);
    events.ended(task, outcome);
    out.late?.();
  }

  #late(id: string, end: RemoteEnd, payload: string): void {
    const out = this.#interrupted.get(id);
    this.#interrupted.delete(id);
    out?.events.ended(out.task, outcomeOf(end, payload));
  }

  #remember(out: Out): void {
    this.#interrupted.set(out.task.id, out);
    if (this.#interrupted.size <= MOST_INTERRUPTED) return;
    for (const oldest of this.#interrupted.keys()) return void this.#interrupted.delete(oldest);
  }
}

function accept({ acceptance, isStarted, events, task }: Out): void {
  if (acceptance.isGiven) return;
  acceptance.give();
  if (isStarted) events.accepted(task);
}

/** `at` in epoch milliseconds by the clock of another machine, or null: by now. */
function begin(out: Out, at: number | null): void {
  const { task, events } = out;
  accept(out);
  if (task.isStarted()) return;
  const agoMs = at === null ? 0 : Math.max(0, systemClock.date() - at);
  events.started(task, systemClock.now() - agoMs);
}

/** Whether the function may still return: the other program may be the first to see that a time limit has passed. */
function wasInterrupted(outcome: Outcome): boolean {
  return outcome.kind === 'canceled' || (outcome.kind === 'failed' && isTaskError(outcome.error, 'ERR_TASK_TIMEOUT'));
}

/** A payload that cannot be read is a failure. */
function outcomeOf(end: RemoteEnd, payload: string): Outcome {
  try {
    return readEnd(end, payload);
  } catch (error) {
    return { kind: 'failed', error };
  }
}
