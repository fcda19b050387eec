import {
  checkBoolean,
  checkDate,
  checkDuration,
  checkFunction,
  checkKeys,
  checkLimit,
  checkSignal,
  checkString,
  defaultsOf,
  oneOf,
  resolverOf,
  show,
  type Duration,
  type OptionTable,
} from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { types } from '../common/node-util.ts';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { arrayFilter } from '../platform/methods.ts';
import { Object } from '../platform/primordials.ts';
import { TASK_TYPES, type TaskSpec, type TaskType } from '../task/call.ts';
import type { Host, Task } from '../task/task.ts';

/** The options of a task function. */
export interface TaskOptions<R = unknown> {
  /** The name of the task in messages and in `getInfo()`. @defaultValue the function's name */
  name?: string | undefined;
  /** How urgent the task is: `'low'`, `'normal'`, `'high'` or `'critical'`. @defaultValue `'normal'` */
  priority?: Priority | undefined;
  /**
   * Where the task runs: `'thread'`, `'process'` for a separate process, or `'async'` for the event loop of the caller.
   * @defaultValue `'thread'`; with `loop` `'async'`
   */
  tt?: TaskType | undefined;
  /**
   * The name of the aloop on which the task runs as an async task (docs/aloops.md); `'__supervisor__'` is the event
   * loop of the supervisor itself. @defaultValue for tt `'async'` the default aloop, if there is one
   */
  loop?: string | undefined;
  /** How long the task waits before it may start; a delayed task holds no slot. @defaultValue `0` */
  delay?: Duration | undefined;
  /** How long the function may run; then the task fails with `ERR_TASK_TIMEOUT`. @defaultValue no limit */
  timeout?: Duration | undefined;
  /** How long the task may wait once it is due; then it fails with `ERR_TASK_QUEUE_TIMEOUT`. @defaultValue no limit */
  queueTimeout?: Duration | undefined;
  /**
   * How long waiting and running may take together, as a duration from the call or a `Date`; then the task fails with
   * `ERR_TASK_DEADLINE`. @defaultValue no limit
   */
  deadline?: Duration | Date | undefined;
  /**
   * How long the task may go on after its signal was aborted, before its thread is ended. @defaultValue the
   * supervisor's, `'1s'`
   */
  cancelGrace?: Duration | undefined;
  /** An `AbortSignal` that cancels the task. If it is aborted already, the task is never queued. @defaultValue none */
  signal?: AbortSignal | undefined;
  /**
   * Called with the result and the task when the task has completed, in the thread and async context of the caller.
   * @defaultValue none
   */
  callback?: ((result: R, task: Task<R>) => unknown) | undefined;
  /**
   * The supervisor that runs the task. A call in a pool thread always uses the supervisor of the calling task.
   * @defaultValue the one that runs the calling task, else the default supervisor, at each call
   */
  supervisor?: Host | undefined;
  /**
   * Whether a call inside a task ignores the priority, the cancellation and the deadline of that task. @defaultValue
   * `false`
   */
  detached?: boolean | undefined;
  /**
   * Names the defining module where the library cannot find it: `import.meta` or the URL of the module
   * (docs/loading.md). @defaultValue the module that is being evaluated
   */
  module?: ImportMeta | { readonly url: string } | URL | string | undefined;
}

/**
 * One row per option: the field of a `TaskSpec` that has its checked value, its default, its check, and whether
 * `putTask` takes it. The type of an option and its sentence for the docs are at its declaration above, so that editors
 * show them. An option without a row does not compile. `npm run docs:api` writes the table in docs/tasks.md.
 */
export const TASK_OPTIONS = {
  name: { field: 'name', default: '', check: checkString, isForPutTask: true }, // the name of the function replaces ''
  priority: { field: 'priority', default: 'normal', check: oneOf(PRIORITIES), isForPutTask: true },
  tt: { field: 'tt', default: 'thread', check: oneOf(TASK_TYPES), isForPutTask: true },
  loop: { field: 'loop', default: null, check: checkLoop, isForPutTask: true },
  delay: { field: 'delayMs', default: 0, check: checkDuration, isForPutTask: true },
  timeout: { field: 'timeoutMs', default: null, check: checkLimit, isForPutTask: true },
  queueTimeout: { field: 'queueTimeoutMs', default: null, check: checkLimit, isForPutTask: true },
  deadline: { field: 'deadline', default: null, check: checkDeadline, isForPutTask: true },
  cancelGrace: { field: 'cancelGraceMs', default: null, check: checkDuration, isForPutTask: true },
  signal: { field: 'signal', default: null, check: checkSignal, isForPutTask: true },
  callback: { field: 'callback', default: null, check: checkFunction, isForPutTask: true },
  supervisor: { field: null, isForPutTask: false }, // resolveHost
  detached: { field: 'detached', default: false, check: checkBoolean, isForPutTask: false },
  module: { field: null, isForPutTask: false }, // define
} as const satisfies OptionTable<TaskOptions, TaskSpec, { readonly isForPutTask: boolean }>;

type Rows = typeof TASK_OPTIONS;

const KEYS = Object.keys(TASK_OPTIONS) as (keyof Rows)[];

/** The options that `putTask` takes. */
export type TaskKey = { [Name in keyof Rows]: Rows[Name]['isForPutTask'] extends true ? Name : never }[keyof Rows];
export const TASK_KEYS = arrayFilter(KEYS, (name): name is TaskKey => TASK_OPTIONS[name].isForPutTask);

const DEFAULTS: TaskSpec = defaultsOf(TASK_OPTIONS);
const resolve = resolverOf<TaskSpec>(TASK_OPTIONS);

/** Applies options to a base: options that are absent or undefined keep the value of the base. */
export function resolveTaskOptions(options: TaskOptions<never>, base: TaskSpec | string): TaskSpec {
  checkKeys('options', options, KEYS);
  const from = typeof base === 'string' ? { ...DEFAULTS, name: base } : base;
  const spec = resolve(from, options);
  // Only async tasks run on an aloop: so `loop` implies tt 'async', and another `tt` without a loop removes the loop.
  if (options.loop !== undefined) spec.tt = 'async';
  else if (options.tt !== undefined && options.tt !== 'async') spec.loop = null;
  return spec;
}

function checkLoop(name: string, value: unknown, { tt }: TaskOptions<never>): string {
  if (tt !== undefined && tt !== 'async')
    throw invalidOption('range', `loop can only be used with tt 'async', got ${show(tt)}`);
  return checkString(name, value);
}

/** The supervisor of the options; undefined if the options name none. */
export function resolveHost(options: TaskOptions<never>): Host | undefined {
  const { supervisor } = options;
  if (supervisor === undefined || typeof supervisor?.submit === 'function') return supervisor;
  throw invalidOption('type', `supervisor must be a TaskSupervisor, got ${show(supervisor)}`);
}

function checkDeadline(name: string, value: unknown): number | Date {
  if (!types.isDate(value)) return checkLimit(name, value);
  checkDate(name, value);
  return value;
}
