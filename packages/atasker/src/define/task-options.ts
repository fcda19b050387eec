import {
  checkBoolean,
  checkDuration,
  checkFunction,
  checkKeys,
  checkLimit,
  checkOneOf,
  checkSignal,
  checkString,
  show,
  type Duration,
} from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { types } from '../common/node-util.ts';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { arrayConcat, dateGetTime } from '../platform/methods.ts';
import { Number } from '../platform/primordials.ts';
import { TASK_TYPES, type TaskSpec, type TaskType } from '../task/call.ts';
import type { Host, Task } from '../task/task.ts';

/** The options of a task function. */
export interface TaskOptions<R = unknown> {
  /** What the task is called in messages and in `getInfo()`. @defaultValue the function's name */
  name?: string | undefined;
  /** How urgent it is. @defaultValue `'normal'` */
  priority?: Priority | undefined;
  /** Where it runs: `'thread'`, `'process'`, or `'async'` for the event loop of the caller. @defaultValue `'thread'`; with `loop` `'async'` */
  tt?: TaskType | undefined;
  /** The name of the aloop that it runs on (`createAloop`); `'__supervisor__'` is the event loop of the supervisor itself. @defaultValue for tt `'async'` the default aloop if there is one */
  loop?: string | undefined;
  /** How long to wait before it may start; it holds no slot meanwhile. @defaultValue `0` */
  delay?: Duration | undefined;
  /** How long its function may run; then the task fails with `ERR_TASK_TIMEOUT`. @defaultValue no limit */
  timeout?: Duration | undefined;
  /** How long it may wait once it is due; then it fails with `ERR_TASK_QUEUE_TIMEOUT`. @defaultValue no limit */
  queueTimeout?: Duration | undefined;
  /** A duration from the call, or a moment, for waiting and running together: `ERR_TASK_DEADLINE`. @defaultValue no limit */
  deadline?: Duration | Date | undefined;
  /** How long it may go on after its signal was aborted, before its thread is ended. @defaultValue the supervisor's, 1 s */
  cancelGrace?: Duration | undefined;
  /** Cancels the task when it aborts. If it is aborted already, the task is never queued. @defaultValue none */
  signal?: AbortSignal | undefined;
  /** Gets the result of a completed task, in the thread and async context of the caller. @defaultValue none */
  callback?: ((result: R, task: Task<R>) => unknown) | undefined;
  /** Which supervisor runs it. In a pool thread it is always the one that runs the calling task. @defaultValue the one that runs the calling task, else the default supervisor, at each call */
  supervisor?: Host | undefined;
  /** A call inside a task: do not take over its priority, cancel and deadline. @defaultValue `false` */
  detached?: boolean | undefined;
  /** Escape hatch where the defining module cannot be found: `import.meta` or the URL of the module (docs/loading.md). @defaultValue the module that is being evaluated */
  module?: ImportMeta | { readonly url: string } | URL | string | undefined;
}

/** The options that say how one task is run. */
export const TASK_KEYS = [
  'name',
  'priority',
  'tt',
  'loop',
  'delay',
  'timeout',
  'queueTimeout',
  'deadline',
  'cancelGrace',
  'signal',
  'callback',
] as const;
export type TaskKey = (typeof TASK_KEYS)[number];

const KEYS: readonly (keyof TaskOptions)[] = arrayConcat<keyof TaskOptions>(TASK_KEYS, [
  'supervisor',
  'detached',
  'module',
]);

const DEFAULTS: Omit<TaskSpec, 'name'> = {
  priority: 'normal',
  tt: 'thread',
  loop: null,
  delayMs: 0,
  timeoutMs: null,
  queueTimeoutMs: null,
  deadline: null,
  cancelGraceMs: null,
  detached: false,
  signal: null,
  callback: null,
};

/** The options over a base: what is absent or undefined stays as it is. */
export function resolveTaskOptions(options: TaskOptions<never>, base: TaskSpec | string): TaskSpec {
  checkKeys('options', options, KEYS);
  const from: TaskSpec = typeof base === 'string' ? { ...DEFAULTS, name: base } : base;
  const { name, priority, delay, timeout, queueTimeout, deadline, cancelGrace, detached, signal, callback } = options;
  return {
    name: given(name, from.name, () => checkString('name', name)),
    priority: given(priority, from.priority, () => checkOneOf('priority', priority, PRIORITIES)),
    ...placeOf(options, from),
    delayMs: given(delay, from.delayMs, () => checkDuration('delay', delay)),
    timeoutMs: given(timeout, from.timeoutMs, () => checkLimit('timeout', timeout)),
    queueTimeoutMs: given(queueTimeout, from.queueTimeoutMs, () => checkLimit('queueTimeout', queueTimeout)),
    deadline: given(deadline, from.deadline, () => checkDeadline(deadline)),
    cancelGraceMs: given(cancelGrace, from.cancelGraceMs, () => checkDuration('cancelGrace', cancelGrace)),
    detached: given(detached, from.detached, () => checkBoolean('detached', detached)),
    signal: given(signal, from.signal, () => checkSignal('signal', signal)),
    callback: given(callback, from.callback, () => checkFunction('callback', callback!)),
  };
}

/** An aloop runs async tasks: to name one says so, and to say otherwise takes it back. */
function placeOf({ tt, loop }: TaskOptions<never>, from: TaskSpec): Pick<TaskSpec, 'tt' | 'loop'> {
  if (tt !== undefined) checkOneOf('tt', tt, TASK_TYPES);
  if (loop === undefined) return { tt: tt ?? from.tt, loop: (tt ?? 'async') === 'async' ? from.loop : null };
  if (tt !== undefined && tt !== 'async') throw invalidOption('range', `loop goes with tt 'async', got ${show(tt)}`);
  return { tt: 'async', loop: checkString('loop', loop) };
}

/** The supervisor of the options; undefined if they name none. */
export function resolveHost(options: TaskOptions<never>): Host | undefined {
  const { supervisor } = options;
  if (supervisor === undefined || typeof supervisor?.submit === 'function') return supervisor;
  throw invalidOption('type', `supervisor must be a TaskSupervisor, got ${show(supervisor)}`);
}

function given<T>(value: unknown, otherwise: T, check: () => T): T {
  return value === undefined ? otherwise : check();
}

function checkDeadline(value: unknown): number | Date {
  if (!types.isDate(value)) return checkLimit('deadline', value);
  if (Number.isNaN(dateGetTime(value))) throw invalidOption('range', 'deadline is an invalid Date');
  return value;
}
