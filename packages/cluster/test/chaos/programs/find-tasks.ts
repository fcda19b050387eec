import { ClusterSupervisor, type ClusterTask } from '@atasker/cluster';
import type { Noted } from '../logged-store.ts';
import type { Done } from './cluster-tasks.ts';
import { markOf } from './marks.ts';

/** How many are asked for at a time. */
const AT_A_TIME = 100;

/** Finds ended tasks as a program does that has not submitted them, and notes what it finds. */
export async function findTasks(path: string, ids: readonly string[], note: (event: Noted) => void): Promise<void> {
  const supervisor = new ClusterSupervisor({ store: `sqlite:${path}`, id: 'finder' });
  for (let from = 0; from < ids.length; from += AT_A_TIME) {
    const some = ids.slice(from, from + AT_A_TIME);
    const found = await Promise.all(some.map((id) => supervisor.findTask(id)));
    for (const task of found) if (task !== undefined) noteFound(task, note);
  }
  await supervisor.stop();
}

function noteFound({ id, state, result, error }: ClusterTask, note: (event: Noted) => void): void {
  const about = { type: 'handleSettled', submitter: 'finder', id } as const;
  if (state === 'completed') note({ ...about, end: state, mark: (result as Done).run });
  if (state === 'failed' || state === 'canceled') note({ ...about, end: state, mark: markOf(error).mark });
}
