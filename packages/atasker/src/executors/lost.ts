import { LostError, TaskError } from '../errors.ts';
import type { TaskHandle } from '../task.ts';
import type { Exit, MemberKind } from './channel.ts';

/** What is known of a thread or process that has ended under its task. */
export interface Loss {
  readonly kind: MemberKind['name'];
  readonly id: number;
  readonly task: TaskHandle | null;
  readonly exit: Exit | null;
  readonly cause: Error | null;
}

/** The error of a task whose thread or process has ended under it. */
export function lostError({ kind, id, task, exit, cause }: Loss): TaskError {
  const { code, signal, stderr } = exit ?? { code: null, signal: null, stderr: null };
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
  const message = `the ${kind} of ${name} ended with ${end} before its result came`;
  return new LostError('ERR_TASK_LOST', message, {
    ...details,
    exitCode: code ?? undefined,
    signal: signal ?? undefined,
  });
}

function isOutOfMemory(cause: Error | null, stderr: string | null): boolean {
  if ((cause as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return true;
  return stderr !== null && /FATAL ERROR:.*(heap|memory)/i.test(stderr);
}

/** The module of a task was evaluated for longer than it may be, and goes on. */
export function stuckLoad(task: TaskHandle, registered: readonly string[], limitMs: number): TaskError {
  const { module } = task.target.address!;
  const tasks = registered.length === 0 ? 'no task' : registered.join(', ');
  const fact = `${module} did not define ${task.name} within ${limitMs} ms`;
  const where = `it had defined ${tasks} and its evaluation goes on: an endless loop, or an await that never settles`;
  return new TaskError('ERR_TASK_LOAD', `${fact}; ${where}`, { taskId: task.id, taskName: task.name, module });
}
