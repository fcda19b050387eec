import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTaskError, TaskSupervisor, type TaskType } from 'atasker';
import { Killer } from './killer.ts';
import { marked, readMarks } from './marked-task.ts';

export interface ChaosOptions {
  readonly tt: Exclude<TaskType, 'async'>;
  readonly tasks: number;
  readonly everyMs: number;
}

/** How it went, when all was as it must be. */
export interface ChaosReport {
  readonly kills: number;
  readonly completed: number;
  /** Failed with ERR_TASK_LOST. */
  readonly lost: number;
  /** Of the lost ones, those that had not begun: their thread was killed twice. */
  readonly neverBegan: number;
}

const SIZE = { poolSize: 3, reserveNormal: 0, reserveHigh: 0 };

/**
 * So many are killed until one that was not there before has done a task: on a slow machine the others would all be
 * killed while they start, and more than five such failures rightly break the pool.
 */
const MOST_IN_A_ROW = 2;

/**
 * Runs tasks while threads or processes are killed. Each task must be completed, after just one run, or fail with
 * ERR_TASK_LOST, after one run or none; and all of it must add up.
 */
export async function chaos({ tt, tasks, everyMs }: ChaosOptions): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const file = join(folder, 'marks');
  const seen = new Set<string>();
  let killsInARow = 0;
  const killer = new Killer(everyMs, () => killsInARow++ < MOST_IN_A_ROW);
  try {
    const supervisor = new TaskSupervisor({ threadPool: SIZE, processPool: SIZE });
    const task = marked.with({ supervisor, tt });
    supervisor.on('taskCompleted', ({ task: { result } }) => {
      const { by } = result as Awaited<ReturnType<typeof task>>;
      if (!seen.has(by)) killsInARow = 0;
      seen.add(by);
    });
    const ends = await Promise.allSettled(Array.from({ length: tasks }, (_, n) => task(file, n)));
    killer.stop();
    const report = await supervisor.stop();
    assert.deepEqual(report, { completed: 0, failed: 0, canceled: 0, lost: 0, unfinished: [] });
    const counts = count(ends, readMarks(file, tasks));
    checkInfo(supervisor, tt, counts);
    return { kills: killer.kills, ...counts };
  } finally {
    killer.stop();
    rmSync(folder, { recursive: true });
  }
}

type Counts = Omit<ChaosReport, 'kills'>;

function count(ends: readonly PromiseSettledResult<unknown>[], runs: Uint32Array): Counts {
  const counts = { completed: 0, lost: 0, neverBegan: 0 };
  for (const [n, end] of ends.entries()) {
    if (end.status === 'fulfilled') {
      assert.equal(runs[n], 1, `task ${n} is completed and ran ${runs[n]} times`);
      counts.completed += 1;
    } else {
      if (!isTaskError(end.reason, 'ERR_TASK_LOST')) throw end.reason;
      assert.ok(runs[n]! <= 1, `task ${n} is lost and ran ${runs[n]} times`);
      counts.lost += 1;
      if (runs[n] === 0) counts.neverBegan += 1;
    }
  }
  return counts;
}

function checkInfo(supervisor: TaskSupervisor, tt: ChaosOptions['tt'], { completed, lost }: Counts): void {
  const { totals, tasks, pools } = supervisor.getInfo();
  assert.deepEqual({ totals, tasks }, { totals: { completed, lost, failed: 0, canceled: 0 }, tasks: [] });
  assert.deepEqual([pools[tt]?.alive, pools[tt]?.running], [0, 0]);
}
