import { systemClock } from '../../common/clock.ts';
import { arrayPush, each } from '../../platform/methods.ts';
import { Map, Math } from '../../platform/primordials.ts';
import type { TaskType } from '../../task/call.ts';
import type { Outcome } from '../../task/outcome.ts';
import { LatestInTurn } from '../../task/progress.ts';
import type { TaskHandle } from '../../task/task.ts';
import { readError, readOrError, readReason, readText, reasonText } from '../../wire/text.ts';
import type { ExecutorEvents } from '../executor.ts';
import { writePayload } from './payload.ts';
import type { Remote, RemoteEnd, RemoteEvents, RemoteRunner } from './seam.ts';

/** A task that a runner has. */
interface Out {
  readonly task: TaskHandle;
  readonly events: ExecutorEvents;
  /** Whether the supervisor has started the task. A delayed task is there before. */
  isStarted: boolean;
  /** What was reported before the supervisor had started the task. */
  readonly early: (() => void)[];
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

  /** @throws what the runner throws */
  submit(task: TaskHandle, events: ExecutorEvents, isStarted: boolean): void {
    const { id, name, priority, spec, target, args } = task;
    const { timeoutMs, cancelGraceMs, delayMs, tt } = spec;
    const payload = writePayload({ timeoutMs, cancelGraceMs, args: args as string });
    const definition = target.address!.name;
    const progress = new LatestInTurn<string>((text) => this.#tellProgress(task, events, text));
    this.#out.set(id, { task, events, isStarted, early: [], progress });
    try {
      this.#made.submit({ id, definition, name, tt, priority, delayMs, payload });
    } catch (error) {
      this.#out.delete(id);
      throw error;
    }
  }

  /** The supervisor starts a task that has been submitted; false if it has not been. */
  start({ id }: TaskHandle): boolean {
    const out = this.#out.get(id);
    if (out === undefined) return false;
    out.isStarted = true;
    for (const report of each(out.early)) report();
    return true;
  }

  cancel({ id }: TaskHandle, error: unknown): void {
    if (this.#out.has(id)) this.#made.cancel(id, reasonText(error));
  }

  /** Nobody waits for this task any more. */
  forget({ id }: TaskHandle): void {
    this.#out.delete(id);
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
    this.#out.clear();
    this.#interrupted.clear();
    await runner?.close();
  }

  #facts(): RemoteEvents {
    return {
      refused: (id, error) => this.#report(id, (out) => this.#end(out, { kind: 'failed', error })),
      started: (id, at) => this.#report(id, (out) => begin(out, at)),
      progressed: (id, payload) => this.#report(id, (out) => out.task.isStarted() && out.progress.put(payload)),
      ended: (id, end, payload, startedAt) =>
        this.#report(id, (out) => {
          const outcome = outcomeOf(end, payload);
          if (startedAt !== null || outcome.kind === 'completed') begin(out, startedAt);
          this.#end(out, outcome);
        }),
      lateError: (payload) => this.#lateError(readOrError(readError, payload)),
      late: (id, end, payload) => {
        const out = this.#interrupted.get(id);
        this.#interrupted.delete(id);
        out?.events.ended(out.task, outcomeOf(end, payload));
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
    this.#out.delete(task.id);
    if (task.life?.interrupt) this.#remember(out);
    events.ended(task, outcome);
  }

  #remember(out: Out): void {
    this.#interrupted.set(out.task.id, out);
    if (this.#interrupted.size <= MOST_INTERRUPTED) return;
    for (const oldest of this.#interrupted.keys()) return void this.#interrupted.delete(oldest);
  }
}

/** `at` in epoch milliseconds by the clock of another machine, or null: by now. */
function begin({ task, events }: Out, at: number | null): void {
  if (task.isStarted()) return;
  const agoMs = at === null ? 0 : Math.max(0, systemClock.date() - at);
  events.started(task, systemClock.now() - agoMs);
}

function outcomeOf(end: RemoteEnd, payload: string): Outcome {
  try {
    if (end === 'completed') return { kind: end, value: readText(payload) };
    return end === 'failed' ? { kind: end, error: readError(payload) } : { kind: end, reason: readReason(payload) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
