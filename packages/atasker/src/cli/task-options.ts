import type { ProcessPoolOptions, TaskOptions } from 'atasker';
import type { ArgsDef } from 'citty';
import type { Found } from './task-file.ts';
import { UsageError } from './usage.ts';

/** Options that both commands have. */
export const TASK_ARGS = {
  task: { type: 'positional', description: 'File and exported task function, as in tasks.js#hash', required: true },
  threads: {
    type: 'string',
    description: 'How many tasks may run at a time [default: as many as processors]',
    valueHint: 'N',
  },
  processes: {
    type: 'string',
    description: 'How many tasks may run at a time, in processes instead of threads',
    valueHint: 'N',
  },
  priority: { type: 'string', description: 'low, normal, high or critical', valueHint: 'P' },
  timeout: { type: 'string', description: 'How long a task may run, as in 500ms, 30s, 5m', valueHint: 'T' },
} as const satisfies ArgsDef;

interface TaskArgs {
  readonly threads?: string | undefined;
  readonly processes?: string | undefined;
  readonly priority?: string | undefined;
  readonly timeout?: string | undefined;
}

/** The task options that were asked for; sets the size of the pool. The library checks the values. */
export function taskOptions({ threads, processes, priority, timeout }: TaskArgs, { library }: Found): TaskOptions {
  if (threads !== undefined && processes !== undefined)
    throw new UsageError('--threads and --processes exclude each other');
  if (threads !== undefined) library.taskSupervisor.setThreadPool(poolOf('--threads', threads));
  if (processes !== undefined) library.taskSupervisor.setMpPool(poolOf('--processes', processes));
  return {
    tt: processes === undefined ? undefined : 'process',
    priority: priority as TaskOptions['priority'],
    timeout: (isDigits(timeout) ? Number(timeout) : timeout) as TaskOptions['timeout'],
  };
}

/** So many and no more: without reserves, which would come on top. */
function poolOf(option: string, size: string): ProcessPoolOptions {
  // The library takes 0 for no limit; on a command line it is more likely a slip.
  if (!isDigits(size) || Number(size) === 0) throw new UsageError(`${option} must be 1 or more, got ${size}`);
  return { poolSize: Number(size), reserveNormal: 0, reserveHigh: 0 };
}

const isDigits = (text: string | undefined): boolean => text !== undefined && /^\d+$/.test(text);
