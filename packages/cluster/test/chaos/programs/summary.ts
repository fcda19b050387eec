import type { HistoryEvent } from '../checker/history.ts';
import type { ChaosResult } from './chaos.ts';

/** What has happened in a run, in a line for each kind of thing. */
export function summary({ history, happened, seconds }: ChaosResult): string {
  const count = (type: HistoryEvent['type']): number => history.filter((event) => event.type === type).length;
  const runs = new Map<string, number>();
  for (const event of history) {
    if (event.type === 'began' && !event.isChild) runs.set(event.id, (runs.get(event.id) ?? 0) + 1);
  }
  const ends = { completed: 0, failed: 0, canceled: 0, lost: 0 };
  for (const event of history) {
    if (event.type !== 'ended') continue;
    ends[event.end] += 1;
    if (event.lost) ends.lost += 1;
  }
  const { kills, stops, pauses, blocks, submitterKills } = happened;
  const lines = [
    `${count('accepted')} tasks accepted in ${seconds.toFixed(0)} s: ${ends.completed} completed, ${ends.failed} failed (${ends.lost} lost too often), ${ends.canceled} cancelled`,
    `${kills} kills (SIGKILL), ${stops} stops (SIGTERM), ${pauses} pauses (SIGSTOP), ${blocks} blocked event loops, ${submitterKills} submitters killed`,
    `${count('claimed')} claims, ${count('leaseOver')} recovered, ${count('regained')} regained, ${count('released')} handed back, ${count('storeBack')} times nobody could write, ${count('fenced')} ends dropped`,
    `${[...runs.values()].filter((times) => times > 1).length} tasks ran more than once, ${count('priorityChanged')} priorities changed, ${count('cancelCalled')} cancels`,
  ];
  return lines.join('\n');
}
