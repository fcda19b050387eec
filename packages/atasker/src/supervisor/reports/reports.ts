import { callUserCode, type Events } from '../../common/events.ts';
import { TaskStatus } from '../../core/lifecycle.ts';
import type { Exit, MemberType } from '../../executors/executor.ts';
import { isInstance } from '../../platform/methods.ts';
import { process, runInScope } from '../../platform/node.ts';
import { Error, Set } from '../../platform/primordials.ts';
import type { AnyWorker } from '../../services/service.ts';
import { inlineMode } from '../../task/inline-mode.ts';
import type { Outcome } from '../../task/outcome.ts';
import type { Task, TaskHandle } from '../../task/task.ts';
import type { UnobservedFailures } from '../../task/unobserved.ts';
import { toError } from '../../wire/errors.ts';
import { trace, traceTask } from './diagnostics.ts';
import type { SupervisorEvents } from './events.ts';

type TaskEventName = {
  [E in keyof SupervisorEvents]: SupervisorEvents[E] extends { readonly task: Task } ? E : never;
}[keyof SupervisorEvents];

/** What the user's code is told: events and callbacks, and process warnings where nobody listens. */
export class Reports {
  readonly #events: Events<SupervisorEvents>;
  readonly #unobserved: UnobservedFailures;
  readonly #warned = new Set<string>();

  constructor(events: Events<SupervisorEvents>, unobserved: UnobservedFailures) {
    this.#events = events;
    this.#unobserved = unobserved;
  }

  /** Reports an event about a task. The payload of the event is made only if somebody listens. */
  tell<E extends TaskEventName>(event: E, task: TaskHandle, more?: Omit<SupervisorEvents[E], 'task'>): void {
    traceTask(event, task, more);
    if (this.#events.has(event)) this.#events.emit(event, { task, ...more } as unknown as SupervisorEvents[E]);
  }

  /** A task has been made. */
  submitted(task: TaskHandle): void {
    inlineMode()?.submitted(task);
  }

  /** A task reports its progress. Progress of a task that has ended is ignored. */
  progressed(task: TaskHandle, value: unknown): void {
    if (task.isCompleted()) return;
    task.advance(value, (call) => this.guard(`onProgress of ${task.name}`, call));
    this.tell('taskProgress', task, { progress: value });
  }

  /** Reports how a task has ended. A failure that nobody observes is remembered, to warn of it later. */
  ended(task: TaskHandle): void {
    inlineMode()?.ended(task);
    if (task.status === TaskStatus.completed) {
      this.#callBack(task);
      this.tell('taskCompleted', task);
    } else if (task.status === TaskStatus.canceled) {
      this.tell('taskCanceled', task);
    } else {
      this.#failed(task);
    }
  }

  #failed(task: TaskHandle): void {
    if (this.#events.has('taskFailed')) return this.tell('taskFailed', task, { error: task.error });
    traceTask('taskFailed', task, { error: task.peekError() });
    if (!task.isObserved) this.#unobserved.add(task);
  }

  /** Somebody has observed how a task ended. */
  seen(task: TaskHandle): void {
    this.#unobserved.seen(task);
  }

  /** Reports the outcome of a function whose task had already been decided to end as `decided`. */
  late(task: TaskHandle, decided: Outcome, outcome: Outcome): void {
    if (outcome.kind === 'completed') this.tell('lateResult', task, { result: outcome.value });
    else if (outcome.kind === 'failed' && !isAnswer(outcome.error, decided)) this.lateError(outcome.error, task);
  }

  lateError(error: unknown, task: TaskHandle | null): void {
    if (this.#events.has('lateError')) this.#events.emit('lateError', { error, task });
    else if (task === null)
      process.emitWarning(toWarning(error, 'an error occurred in a pool thread after its task had ended'));
  }

  /** Warns once for each module, however many threads load the module. */
  warn(module: string, text: string): void {
    if (this.#warned.has(module)) return;
    this.#warned.add(module);
    process.emitWarning(`${module} ${text}`, 'TaskModuleWarning');
  }

  memberStarted(kind: MemberType, id: number): void {
    trace(kind, id, 'started');
    if (kind === 'thread') this.#events.emit('threadStarted', { threadId: id });
    else this.#events.emit('processStarted', { pid: id });
  }

  memberExited(kind: MemberType, id: number, { code, signal }: Exit): void {
    trace(kind, id, 'exited with', code ?? signal);
    if (kind === 'thread') this.#events.emit('threadExited', { threadId: id, exitCode: code ?? 0 });
    else this.#events.emit('processExited', { pid: id, exitCode: code, signal });
  }

  /** Code of the user that nobody awaits has thrown. */
  userError(error: unknown, source: string): void {
    if (this.#events.has('error') && source !== 'error') this.#events.emit('error', { error, source });
    else process.emitWarning(toWarning(error, `${source} threw`));
  }

  /** The executor function of a worker has thrown. @returns false if nobody listens */
  workerFailed(worker: AnyWorker, error: unknown, job: unknown): boolean {
    if (!this.#events.has('workerFailed')) return false;
    this.#events.emit('workerFailed', { worker, error, job });
    return true;
  }

  warnOfWorker(name: string, error: unknown): void {
    process.emitWarning(toWarning(error, `worker ${name} failed, and goes on`));
  }

  /** Calls code of the user, and reports the error if the code throws or rejects. */
  guard(source: string, call: () => unknown): void {
    callUserCode(call, (error) => this.userError(error, source));
  }

  #callBack(task: TaskHandle): void {
    const { callback } = task.spec;
    if (callback === null) return;
    const call = (): unknown => callback(task.result as never, task as never);
    this.guard(`callback of ${task.name}`, () => runInScope(task.context!, call));
  }
}

/** Whether a task that was asked to stop has failed only because of that request. */
function isAnswer(error: unknown, decided: Outcome): boolean {
  const asked = decided.kind === 'failed' ? decided.error : null;
  return (
    error === asked || (isInstance(Error, error) && (error.name === 'AbortError' || error.name === 'TimeoutError'))
  );
}

/** Makes a warning from any thrown value, even if the value cannot be read. */
function toWarning(error: unknown, fact: string): Error {
  try {
    const cause = toError(error);
    const warning = new Error(`${fact}: ${cause.message}`, { cause });
    warning.name = 'TaskWarning';
    if (cause.stack !== undefined) warning.stack = `${fact}: ${cause.stack}`;
    return warning;
  } catch {
    const warning = new Error(`${fact}: the error cannot be read`);
    warning.name = 'TaskWarning';
    return warning;
  }
}
