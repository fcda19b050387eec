import type { Priority } from '../core/priority.ts';

/** Where a task runs: in a pool thread, in a separate process, or on the event loop of the thread that submits it. */
export const TASK_TYPES = ['thread', 'process', 'async'] as const;

/** Where a task runs: on the event loop of its caller (`'async'`), in a thread or in a process. */
export type TaskType = (typeof TASK_TYPES)[number];

/** Where a definition stands, so that another thread can find it (docs/loading.md). */
export interface Address {
  /** A `file:` URL (ES module) or a path (CommonJS). */
  readonly module: string;
  /** Its place among the definitions of the module, from 0. */
  readonly ordinal: number;
  readonly name: string;
  /** How many parameters the function declares. */
  readonly length: number;
  /** The source text, or null where loaders may give each thread another one. */
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
  /** Milliseconds from submit, or a moment. */
  readonly deadline: number | Date | null;
  readonly cancelGraceMs: number | null;
  readonly detached: boolean;
  readonly signal: AbortSignal | null;
  readonly callback: ((result: never, task: never) => unknown) | null;
}

/** What `loop` calls the event loop of the supervisor's own thread. */
export const OWN_LOOP = '__supervisor__';

/** Whether these options let a function run that no other thread can find. */
export function runsHere({ tt, loop }: Pick<TaskSpec, 'tt' | 'loop'>): boolean {
  return tt === 'async' && (loop === null || loop === OWN_LOOP);
}

/** What a task does: the function (null where only its address is known) and where to find it. */
export interface Target {
  readonly fn: ((...args: unknown[]) => unknown) | null;
  readonly address: Address | null;
}

/** One call of a task function, on its way to whoever runs it. */
export interface Call {
  readonly target: Target;
  readonly spec: TaskSpec;
  /** The arguments as they were passed. */
  readonly args: readonly unknown[];
  /** The id of the task, if it was given. */
  readonly id?: string;
}
