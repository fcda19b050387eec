import type { Priority } from 'atasker';
import type { RemoteHost } from 'atasker/remote';
import { lostWith } from './common/errors.ts';
import type { FoundTask, StoreCounts } from './store/store.ts';

/** What `getClusterInfo()` tells of all programs together. */
export type ClusterInfo = StoreCounts;

/** What `findTask()` tells of a task, at one moment. */
export interface ClusterTask {
  /** The id of the task. */
  readonly id: string;
  /** The name of its definition. */
  readonly definition: string;
  /** `'delayed'`, `'queued'`, `'running'`, `'completed'`, `'failed'` or `'canceled'`. */
  readonly state: FoundTask['state'];
  /** Its priority. */
  readonly priority: Priority;
  /** How many runs of it have begun, without those that were handed back. */
  readonly attempt: number;
  /** When its function began, in epoch milliseconds of the node; null before, or if the task ended without. */
  readonly timeStarted: number | null;
  /** The result of a completed task, else undefined. */
  readonly result: unknown;
  /** The error of a failed task, or the reason of a cancelled one, else undefined. */
  readonly error: unknown;
}

export function clusterTask({ ending, ...found }: FoundTask, host: RemoteHost): ClusterTask {
  const { id, definition, state, priority, attempt } = found;
  const task = { id, definition, state, priority, attempt, timeStarted: ending?.startedAt ?? null };
  if (ending === null) return Object.freeze({ ...task, result: undefined, error: undefined });
  if (ending.lostNodes !== null) {
    const error = lostWith(ending.lostNodes, { id, name: definition });
    return Object.freeze({ ...task, result: undefined, error });
  }
  const outcome = host.readEnd(ending.end, ending.payload);
  const result = outcome.kind === 'completed' ? outcome.value : undefined;
  const error = outcome.kind === 'failed' ? outcome.error : outcome.kind === 'canceled' ? outcome.reason : undefined;
  return Object.freeze({ ...task, result, error });
}
