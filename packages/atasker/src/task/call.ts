import type { Priority } from '../core/priority.ts';

/** Where a task runs: in a pool thread, in a separate process, or on the event loop of the thread that submits it. */
export const TASK_TYPES = ['thread', 'process', 'async'] as const;

/** Where a task runs: on the event loop of its caller (`'async'`), in a thread or in a process. */
export type TaskType = (typeof TASK_TYPES)[number];

/** Where a definition is, so that another thread can find it (docs/loading.md). */
export interface Address {
  /** A `file:` URL (ES module) or a path (CommonJS). */
  readonly module: string;
  /** The position among the definitions of the module, from 0. */
  readonly ordinal: number;
  readonly name: string;
  /** How many parameters the function declares. */
  readonly length: number;
  /** The source text; null where loaders may give each thread a different text. */
  readonly source: string | null;
  /** The line of the definition in its module. */
  readonly line: number;
}

/** The options of a task function, checked and with defaults. */
export interface TaskSpec {
  readonly name: string;
  readonly priority: Priority;
  readonly tt: TaskType;
  /** The aloop that an async task names; null if it names none. */
  readonly loop: string | null;
  readonly delayMs: number;
  readonly timeoutMs: number | null;
  readonly queueTimeoutMs: number | null;
  /** Milliseconds from submit, or a point in time. */
  readonly deadline: number | Date | null;
  readonly cancelGraceMs: number | null;
  readonly detached: boolean;
  readonly signal: AbortSignal | null;
  readonly callback: ((result: never, task: never) => unknown) | null;
}

/** The name by which the option `loop` means the event loop of the supervisor's own thread. */
export const OWN_LOOP = '__supervisor__';

/**
 * Whether a task with these options runs in the supervisor's thread, where even a function that no other thread can
 * find may run.
 */
export function runsHere({ tt, loop }: Pick<TaskSpec, 'tt' | 'loop'>): boolean {
  return tt === 'async' && (loop === null || loop === OWN_LOOP);
}

/** What a task calls: the function (null where only its address is known), and where to find the function. */
export interface Target {
  readonly fn: ((...args: unknown[]) => unknown) | null;
  readonly address: Address | null;
}

/** One call of a task function, on its way to the host that takes it. */
export interface Call {
  readonly target: Target;
  readonly spec: TaskSpec;
  /** The arguments as they were passed. */
  readonly args: readonly unknown[];
  /** The id of the task, if the caller has chosen one. */
  readonly id?: string;
}
