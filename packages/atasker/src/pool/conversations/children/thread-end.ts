import { AsyncResource } from 'node:async_hooks';
import { systemClock } from '../../../common/clock.ts';
import { aboutTask, TaskError } from '../../../common/errors.ts';
import { callUserCode } from '../../../common/events.ts';
import { hasEnded, TaskStatus } from '../../../core/lifecycle.ts';
import { LockTable } from '../../../core/lock-table.ts';
import { higherOf, type Priority } from '../../../core/priority.ts';
import { ANONYMOUS } from '../../../define/registry.ts';
import { neverSettles, suspect } from '../../../define/standstill.ts';
import { isOwnThread, library } from '../../../modules/library.ts';
import { runInScope } from '../../../platform/node.ts';
import { Error, Map, WeakMap } from '../../../platform/primordials.ts';
import { follow, unfollow } from '../../../task/abort.ts';
import type { Call } from '../../../task/call.ts';
import { markRefused, refusal, TAKEN } from '../../../task/accepted.ts';
import { contexts } from '../../../task/context.ts';
import { addSubmitSite, noteSubmit } from '../../../task/debug.ts';
import { TaskHandle, type TaskController, type Work } from '../../../task/task.ts';
import { encodeError, encodeProperty } from '../../../wire/errors.ts';
import { decodeOutcome } from '../../../wire/outcome.ts';
import { checkValue, orCloneError, unpack } from '../../../wire/values.ts';
import type { Role } from '../../channels/role.ts';
import type { ChildrenToMember, WireSpec } from '../../frames/children.ts';
import type { FromMember } from '../../frames/frames.ts';
import { LocksThreadEnd } from '../locks/thread-end.ts';
import { Run } from '../run/thread-end.ts';

/** What `MemberHost` needs to know of its thread. */
export type HostRole = Pick<Role, 'kind' | 'concurrency' | 'aloop' | 'running' | 'stopFlag'>;

/**
 * Takes the calls of task functions in a pool thread. A call inside a task goes to the supervisor that runs the task,
 * and the task made here is a copy of the handle there. A call outside of a task starts nothing: the thread only
 * evaluates the module to find its definitions (docs/loading.md, rule 5).
 */
export class MemberHost implements TaskController {
  readonly locks: LocksThreadEnd;
  readonly #role: HostRole;
  readonly #post: (frame: FromMember) => void;
  readonly #readArrived: () => void;
  readonly #children = new Map<number, TaskHandle>();
  #made = 0;

  constructor(role: HostRole, post: (frame: FromMember) => void, readArrived: () => void) {
    this.#role = role;
    this.#readArrived = readArrived;
    this.#post = post;
    this.locks = new LocksThreadEnd(role, post, readArrived);
  }

  /** 0 outside of a task: there the module is only evaluated, so a map takes no inputs. */
  concurrency(): number {
    return contexts.getStore()?.runner instanceof Run ? this.#role.concurrency : 0;
  }

  submit(call: Call): TaskHandle {
    const runner = contexts.getStore()?.runner;
    if (runner instanceof Run) return this.#submitChild(runner, call);
    if (!isOwnThread && this.#role.running > 0) throw foreignCopy(call.spec.name);
    return this.#inertTask(call);
  }

  /** A task that has all fields and never ends. */
  #inertTask({ spec, target, args }: Call): TaskHandle {
    suspect(described(spec.name));
    const work = { idPrefix: 'inert-', sequence: 0, spec, target, args, priority: spec.priority, isChild: false };
    return new TaskHandle(inert, work, systemClock.date());
  }

  #submitChild(run: Run, { spec, target, args, id }: Call): TaskHandle {
    const priority = spec.detached ? spec.priority : higherOf(spec.priority, run.priority);
    const idPrefix = id ?? `${run.id}.`;
    const sequence = id === undefined ? ++run.children : '';
    const work: Work = { idPrefix, sequence, spec, target, args, priority, isChild: true };
    const task = new TaskHandle(this, work, systemClock.date());
    noteSubmit(task);
    if (spec.callback !== null) task.context = new AsyncResource('atasker.task');
    if (spec.signal?.aborted) task.end({ kind: 'canceled', reason: spec.signal.reason }, systemClock.date());
    else this.#send(run, task, args);
    return task;
  }

  #send(run: Run, task: TaskHandle, args: readonly unknown[]): void {
    const { spec, target } = task;
    const child = ++this.#made;
    try {
      if (target.address === null) throw notInThread(task);
      const wireSpec: WireSpec = { ...spec, callback: null, signal: null };
      const frame = {
        type: 'child',
        run: run.number,
        child,
        idPrefix: task.idPrefix,
        sequence: task.sequence,
      } as const;
      const { address } = target;
      const checked = checkValue('args', args, this.#role.kind);
      orCloneError('args', () => this.#post({ ...frame, spec: wireSpec, address, args: checked }));
    } catch (error) {
      markRefused(task);
      task.end({ kind: 'failed', error: aboutTask(error, task) }, systemClock.date());
      return;
    }
    numbers.set(task, child);
    this.#children.set(child, task);
    if (task.spec.signal !== null) follow(task.spec.signal, task);
    if (run.hasReturned) this.#post({ type: 'returned', run: run.number });
  }

  /** Handles a frame of the supervisor about a child: its start, its progress or its end. */
  handle(news: ChildrenToMember): void {
    const task = this.#children.get(news.child);
    if (task === undefined) return;
    if (news.type === 'childStarted') {
      if (task.status === TaskStatus.delayed) task.becomeDue();
      task.begin(news.time);
      return;
    }
    if (news.type === 'childProgress') {
      this.#post({ type: 'childProgressRead', child: news.child });
      const guard = (call: () => unknown): void => this.#guard(`onProgress of ${task.name}`, call);
      task.advance((unpack(news.values) as unknown[])[0], guard);
      return;
    }
    this.#children.delete(news.child);
    if (task.spec.signal !== null) unfollow(task.spec.signal, task);
    const outcome = decodeOutcome(news.outcome);
    if (outcome.kind === 'failed') addSubmitSite(task, outcome.error);
    task.end(outcome, news.time);
    if (outcome.kind === 'completed') this.#callBack(task, outcome.value);
  }

  #callBack(task: TaskHandle, result: unknown): void {
    const { callback } = task.spec;
    if (callback === null) return;
    const call = (): unknown => callback(result as never, task as never);
    this.#guard(`callback of ${task.name}`, () => runInScope(task.context!, call));
  }

  /** Calls user code that nobody waits for, and reports its error. */
  #guard(source: string, call: () => unknown): void {
    callUserCode(call, (error) => this.#post({ type: 'userError', source, error: encodeError(error) }));
  }

  cancel(task: TaskHandle, reason: unknown): boolean {
    if (hasEnded(task.status)) return false;
    this.#post({ type: 'childCancel', child: numbers.get(task)!, reason: encodeProperty('reason', () => reason) });
    return true;
  }

  setPriority(task: TaskHandle, priority: Priority): boolean {
    if (task.timeStarted !== null || hasEnded(task.status)) return false;
    this.#post({ type: 'childPriority', child: numbers.get(task)!, priority });
    task.priority = priority;
    return true;
  }

  startOf(): null {
    return null; // a frame tells the start
  }

  readArrived(): void {
    this.#readArrived();
  }

  accepted(task: TaskHandle): Promise<void> {
    return refusal(task) ?? TAKEN; // the supervisor refuses no call of a task
  }

  observed(task: TaskHandle, waits: boolean): void {
    const child = numbers.get(task);
    if (child !== undefined) this.#post({ type: 'observed', child, waits });
  }
}

function described(name: string): string {
  return name === ANONYMOUS ? 'a task' : `the task ${name}`;
}

/** The number of each child that the supervisor knows. */
const numbers = new WeakMap<TaskHandle, number>();

const inert: TaskController = {
  locks: new LockTable(),
  submit: () => {
    throw new Error('atasker: a task that has not started called another one');
  },
  concurrency: () => 1,
  cancel: () => false,
  setPriority: () => false,
  startOf: () => null,
  readArrived: () => {},
  accepted: (task) => neverSettles(described(task.name)),
  observed: (task) => {
    task.resolvePromise?.(neverSettles(described(task.name)));
  },
};

/** The supervisor of the task is in another thread, and this copy of the library has no link to it. */
function foreignCopy(name: string): TaskError {
  const fact = `${name} belongs to another copy of atasker (${library}) than the pool thread that calls it`;
  return new TaskError('ERR_TASK_LOAD', `${fact}; install one copy`, { taskName: name });
}

function notInThread({ name, id }: TaskHandle): TaskError {
  const fact = `${name} became a task inside a function in a pool thread, where its supervisor cannot find it`;
  const details = { taskId: id, taskName: name };
  return new TaskError('ERR_TASK_NOT_AT_MODULE_LEVEL', `${fact}; define it at the top of the file`, details);
}
