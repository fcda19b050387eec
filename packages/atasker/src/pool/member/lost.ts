import { LostError, TaskError } from '../../common/errors.ts';
import type { Exit } from '../../executors/executor.ts';
import { arrayJoin, pattern } from '../../platform/methods.ts';
import { Error, Object } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { MemberKind } from '../channels/channel.ts';
import type { LifeFromMember } from '../frames/life.ts';

/** What is known of a thread or process that has ended before its task; `task` is null if it had none. */
export interface Loss {
  readonly kind: MemberKind['name'];
  readonly id: number;
  readonly task: TaskHandle | null;
  readonly exit: Exit | null;
  readonly cause: Error | null;
}

/** The error of a task whose thread or process has ended before the task. */
export function lostError({ kind, id, task, exit, cause }: Loss): TaskError {
  const { code, signal, stderr, reason } = exit ?? { code: null, signal: null, stderr: null, reason: '' };
  const name = task?.name ?? 'no task';
  const where = kind === 'thread' ? { threadId: id } : { pid: id };
  const details = { taskId: task?.id, taskName: task?.name, cause: cause ?? undefined, ...where };
  if (isOutOfMemory(cause, stderr)) {
    const way =
      kind === 'thread' ? 'raise resourceLimits of the thread pool' : 'raise --max-old-space-size in execArgv';
    const message = `${name} ran out of memory; ${way}`;
    return new TaskError('ERR_TASK_OUT_OF_MEMORY', message, { ...details, stderr: stderr ?? undefined });
  }
  const killer = signal === 'SIGKILL' ? ' (the system may have been short of memory)' : '';
  const end = signal === null ? `exit code ${code}` : `signal ${signal}${killer}`;
  const message =
    task === null
      ? `the ${kind} ended with ${end} before it had a task${reason === '' ? '' : `: ${reason}`}`
      : `the ${kind} of ${name} ended with ${end} before its result arrived`;
  return new LostError('ERR_TASK_LOST', message, {
    ...details,
    stderr: task === null ? (stderr ?? undefined) : undefined,
    exitCode: code ?? undefined,
    signal: signal ?? undefined,
  });
}

/** The reason to end a member that has reported by itself that it cannot go on. */
export function faultOf(
  frame: Extract<LifeFromMember, { type: 'broken' | 'heapFull' }>,
  kind: MemberKind['name'],
): Error {
  if (frame.type === 'broken') return new Error(`the library could not be loaded in a ${kind}: ${frame.text}`);
  return Object.assign(new Error(`the heap of the ${kind} is full`), { code: FULL });
}

const FULL = 'ERR_WORKER_OUT_OF_MEMORY';

function isOutOfMemory(cause: Error | null, stderr: string | null): boolean {
  if ((cause as NodeJS.ErrnoException | null)?.code === FULL) return true;
  return stderr !== null && OUT_OF_MEMORY.test(stderr);
}

/** The error of a task whose module is still being evaluated after the time limit. */
export function stuckLoad(task: TaskHandle, registered: readonly string[], limitMs: number): TaskError {
  const { module } = task.target.address!;
  const tasks = registered.length === 0 ? 'no task' : arrayJoin(registered, ', ');
  const fact = `${module} did not define ${task.name} within ${limitMs} ms`;
  const where = `it had defined ${tasks} and its evaluation goes on: an endless loop, or an await that never settles`;
  return new TaskError('ERR_TASK_LOAD', `${fact}; ${where}`, { taskId: task.id, taskName: task.name, module });
}

/** The error of a thread or process that did not start within the time limit. */
export function stuckStart(kind: MemberKind['name'], limitMs: number): Error {
  const fact = `a ${kind} did not start within ${limitMs} ms`;
  return new Error(
    `${fact}: a module that --import or --require loads first, or a debugger that waits, may hold it up`,
  );
}

const OUT_OF_MEMORY = pattern(/FATAL ERROR:.*(heap|memory)/i);
