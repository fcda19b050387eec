import type { StoredTask, StoreNews } from '@atasker/cluster';
import { taskOf } from '../../src/testing/contract/program.ts';

export { endOf } from '../../src/testing/contract/program.ts';

/** News for a program that listens to nothing. */
export const SILENT: StoreNews = { work() {}, ended() {}, told() {}, cancel() {}, lost() {}, away() {}, back() {} };

/** Limits of a session in which no time passes. */
export const LIMITS = { leaseMs: 60_000, maxLost: 3, keepResultsMs: 3_600_000 } as const;

/** An async task of the definition f, which the program a has submitted. */
export function plainTask(id: string, more: Partial<StoredTask> = {}): StoredTask {
  return taskOf({ tt: 'async', ...more, id }, more.origin ?? 'a');
}
