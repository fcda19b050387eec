import {
  aboutTask,
  CanceledError,
  invalidOption,
  isTaskError,
  TaskError,
  type TaskErrorCode,
} from '../../common/errors.ts';
import type { PerPriority } from '../../core/priority.ts';
import {
  allDefinitions,
  ANONYMOUS,
  countDefinitions,
  keepDefinitions,
  type Definition,
} from '../../define/registry.ts';
import { readEnd, readPayload, type RemoteOutcome } from '../../executors/remote/payload.ts';
import type { RemoteEnd, RemoteRun, RemoteRunEvents, RemoteRunTask } from '../../executors/remote/seam.ts';
import { arraySome, each, listOf, promiseThen } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Map, Promise } from '../../platform/primordials.ts';
import type { TaskSpec, TaskType } from '../../task/call.ts';
import type { Outcome } from '../../task/outcome.ts';
import { LatestInTurn } from '../../task/progress.ts';
import type { TaskHandle, TaskWatcher, Work } from '../../task/task.ts';
import { encodeError, withPlace } from '../../wire/errors.ts';
import type { ErrorRecord } from '../../wire/marks.ts';
import { errorText, readOrError, readReason, reasonText, resultText } from '../../wire/text.ts';

/** What the host needs from its supervisor. */
interface RemoteHostOwner {
  readonly pools: { room(tt: TaskType): PerPriority };
  /** Whether its tasks run in other programs. */
  readonly isRemote: boolean;
  /** Ends a task with this error, as a time limit does. */
  stop(task: TaskHandle, error: unknown): void;
  submitText(work: Work & { readonly text: string; readonly attempt: number }, watcher: TaskWatcher): TaskHandle;
}

/** Errors of a program, and not of a task: another program may run the task. */
const NOT_RUN: readonly TaskErrorCode[] = [
  'ERR_POOL_BROKEN',
  'ERR_SUPERVISOR_STOPPED',
  'ERR_TASK_REJECTED',
  'ERR_NAME_IN_USE',
];

const SENDS_ON = 'a supervisor with the option remote runs no tasks of other programs: use another supervisor for them';

/** Runs tasks of other programs in the pools of a supervisor: `supervisor.remote`. */
export class RemoteHost {
  readonly #owner: RemoteHostOwner;
  /** The definitions by name, when so many had been made. */
  #known: { readonly made: number; readonly byName: Map<string, Definition> } | null = null;

  constructor(owner: RemoteHostOwner) {
    this.#owner = owner;
  }

  /**
   * How many more tasks of each priority would start at once. The numbers overlap: a task that you take counts for all
   * priorities that are as urgent or less. All are 0 if the pool is broken. The event `roomChanged` says when to look
   * again.
   */
  room(tt: TaskType): PerPriority {
    return this.#owner.pools.room(tt);
  }

  /**
   * Checks that a name is enough to find a definition. A program that only submits tasks calls this instead of
   * `definitions()`, and keeps nothing.
   *
   * @throws TaskError `ERR_NAME_IN_USE` if two definitions that this program has loaded have the same name.
   */
  checkNames(): void {
    this.#definitions();
  }

  /**
   * The names of the definitions that this program has loaded and that have a name of their own. Call it before the
   * modules of tasks are loaded: definitions of later modules are kept, even if nothing else refers to them.
   *
   * @throws TaskError `ERR_NAME_IN_USE` if two of them have the same name.
   */
  definitions(): readonly string[] {
    keepDefinitions();
    return listOf(this.#definitions().keys());
  }

  /** Looks at all definitions only if there are new ones: this is asked for every task. */
  #definitions(): Map<string, Definition> {
    const made = countDefinitions();
    if (this.#known?.made !== made) this.#known = { made, byName: byName() };
    return this.#known.byName;
  }

  /** An error as the payload of `lateError`: what the event `lateError` has told here may be told there. */
  errorPayload(error: unknown): string {
    return errorText(error);
  }

  /** A reason as the payload of `cancel` of a run. */
  reasonPayload(reason: unknown): string {
    return reasonText(reason);
  }

  /**
   * How a task has ended elsewhere, from what `ended` of its run has told.
   *
   * @throws LostError if the payload cannot be read.
   */
  readEnd(end: RemoteEnd, payload: string): RemoteOutcome {
    return readEnd(end, payload);
  }

  /**
   * Runs a task of another program, and tells how it goes on. Nothing is told before this method has returned.
   *
   * @throws TypeError `ERR_INVALID_OPTION` if the supervisor has the option `remote`: it would send the task on.
   * @throws TaskError `ERR_NAME_IN_USE` if two definitions have the same name.
   */
  run(task: RemoteRunTask, told: RemoteRunEvents): RemoteRun {
    if (this.#owner.isRemote) throw invalidOption('type', SENDS_ON);
    const target = this.#definitions().get(task.definition);
    const run = new HostedRun(task, told, this.#owner);
    if (target === undefined) run.refuse(new TaskError('ERR_TASK_LOAD', `no task is called ${task.definition} here`));
    else run.submit(target);
    return run;
  }
}

function byName(): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const definition of each(allDefinitions())) {
    const { name, fn } = definition;
    if (name === '' || name === ANONYMOUS) continue;
    const other = found.get(name);
    if (other === undefined) found.set(name, definition);
    else if (other.fn !== fn) {
      const places = `${other.address!.module} and ${definition.address!.module}`;
      throw new TaskError('ERR_NAME_IN_USE', `two tasks are called ${name}, in ${places}: give one another name`);
    }
  }
  return found;
}

const RETURNED = Promise.resolve();

/** One run of a task of another program. */
class HostedRun implements RemoteRun, TaskWatcher {
  readonly #remote: RemoteRunTask;
  readonly #told: RemoteRunEvents;
  readonly #owner: RemoteHostOwner;
  #task: TaskHandle | null = null;
  readonly #progress = new LatestInTurn<string>((payload) => this.#tell(() => this.#told.progressed(payload)));
  /** Whether the member of the task gives its result as a text. */
  #isText = false;

  constructor(remote: RemoteRunTask, told: RemoteRunEvents, owner: RemoteHostOwner) {
    this.#remote = remote;
    this.#told = told;
    this.#owner = owner;
  }

  submit(target: Definition): void {
    const { id, name, tt, priority, payload, attempt } = this.#remote;
    try {
      const { args: text, timeoutMs, cancelGraceMs } = readPayload(payload);
      const spec: TaskSpec = { ...PLAIN, name, priority, tt, timeoutMs, cancelGraceMs };
      const ids = { idPrefix: id, sequence: '' } as const;
      const work = { ...ids, target, spec, priority, isChild: false, args: [], text, attempt };
      this.#task = this.#owner.submitText(work, this);
      this.#isText = typeof this.#task.args === 'string';
    } catch (error) {
      this.#tell(() => this.#told.ended('failed', errorText(error)));
    }
  }

  refuse(error: TaskError): void {
    this.#tell(() => this.#told.ended('notRun', errorText(error)));
  }

  cancel(payload: string): void {
    const error = readOrError(readReason, payload); // the task ends in any case
    if (this.#task === null) return;
    if (error instanceof CanceledError) this.#task.cancel(error);
    else this.#owner.stop(this.#task, error);
  }

  began({ timeStarted }: TaskHandle): void {
    this.#tell(() => this.#told.started(timeStarted!));
  }

  progressed(_task: TaskHandle, value: unknown): void {
    this.#progress.put(resultText(value, 'progress'));
  }

  ended(task: TaskHandle, outcome: Outcome): void {
    this.#progress.flush();
    const isOurs = outcome.kind === 'failed' && arraySome(NOT_RUN, (code) => isTaskError(outcome.error, code));
    const { end, payload } = this.#written(outcome);
    this.#tell(() => this.#told.ended(isOurs && !task.isStarted() ? 'notRun' : end, payload));
  }

  late(outcome: Outcome): void {
    const { end, payload } = this.#written(outcome);
    if (end !== 'canceled') this.#tell(() => this.#told.late(end, payload));
  }

  #written(outcome: Outcome): { readonly end: RemoteEnd; readonly payload: string } {
    switch (outcome.kind) {
      case 'canceled':
        return { end: 'canceled', payload: reasonText(outcome.reason) };
      case 'failed':
        return { end: 'failed', payload: errorText(outcome.error, this.#recordOf(outcome)) };
      case 'completed':
        try {
          return { end: 'completed', payload: this.#isText ? (outcome.value as string) : resultText(outcome.value) };
        } catch (error) {
          return { end: 'failed', payload: errorText(aboutTask(error, this.#remote)) };
        }
    }
  }

  /** The error of a thread or process as it was sent; any other error of a function says where it comes from. */
  #recordOf({ error, record }: Extract<Outcome, { kind: 'failed' }>): ErrorRecord | undefined {
    if (record !== undefined || isTaskError(error)) return record as ErrorRecord | undefined;
    const own = encodeError(error);
    return { ...own, stack: withPlace(own.stack, `task ${this.#remote.name} (process ${process.pid})`) };
  }

  /** Tells in a microtask: what is told may lead to calls of the supervisor, which is in the middle of something. */
  #tell(tell: () => void): void {
    void promiseThen(RETURNED, tell);
  }
}

const PLAIN = {
  loop: null,
  delayMs: 0,
  queueTimeoutMs: null,
  deadline: null,
  detached: false,
  signal: null,
  callback: null,
} as const;
