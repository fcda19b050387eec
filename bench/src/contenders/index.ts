import type { Contender } from './contender.ts';

/** Each is imported only in the process that measures it. */
const IMPORTS = {
  atasker: () => import('./atasker.ts'),
  'atasker without context': () => import('./atasker-without-context.ts'),
  'atasker over messages': () => import('./atasker-over-messages.ts'),
  piscina: () => import('./piscina.ts'),
  tinypool: () => import('./tinypool.ts'),
  workerpool: () => import('./workerpool.ts'),
  poolifier: () => import('./poolifier.ts'),
  'jest-worker': () => import('./jest-worker.ts'),
  fastq: () => import('./fastq.ts'),
  'p-queue': () => import('./p-queue.ts'),
  'p-queue with priorities': () => import('./p-queue-with-priorities.ts'),
  'p-limit': () => import('./p-limit.ts'),
  'bare messages': () => import('./bare-messages.ts'),
  'bare run queue': () => import('./bare-run-queue.ts'),
  'bare shared memory': () => import('./bare-shared-memory.ts'),
  'promise per task': () => import('./promise-per-task.ts'),
};

export type ContenderName = keyof typeof IMPORTS;

export const CONTENDERS = Object.keys(IMPORTS) as ContenderName[];

/** The packages that are compared. */
export const PACKAGES = [
  'atasker',
  'piscina',
  'tinypool',
  'workerpool',
  'poolifier',
  'jest-worker',
  'fastq',
  'p-queue',
  'p-limit',
] as const satisfies readonly ContenderName[];

export const THREAD_POOLS = [
  'atasker',
  'piscina',
  'tinypool',
  'workerpool',
  'poolifier',
  'jest-worker',
] as const satisfies readonly ContenderName[];

/** piscina has no processes. */
export const PROCESS_POOLS = [
  'atasker',
  'tinypool',
  'workerpool',
  'poolifier',
  'jest-worker',
] as const satisfies readonly ContenderName[];

/** No libraries: what the machine and the language allow. */
export const LIMITS = [
  'bare messages',
  'bare run queue',
  'bare shared memory',
  'promise per task',
] as const satisfies readonly ContenderName[];

export async function importContender(name: ContenderName): Promise<Contender> {
  return (await IMPORTS[name]()).contender;
}
