import { TaskSupervisor } from 'atasker';
import { laterTask } from './atasker-tasks.ts';
import { noPriorities, noValues, type Pool, type PoolNeeds } from './contender.ts';

/** Critical tasks are not among them: no limit holds for those. */
const PRIORITIES = ['low', 'normal', 'high'] as const;

/** @param context whether a task has its `currentTask()` and the AsyncLocalStorage of its caller. */
export function openAsync({ size, priorities }: PoolNeeds, context: boolean): Pool {
  const asyncPool = { poolSize: size, reserveNormal: 0, reserveHigh: 0, context };
  const supervisor = new TaskSupervisor({ asyncPool, cancelGrace: 1 });
  supervisor.start();
  const byTurns = PRIORITIES.map((priority) => laterTask.with({ supervisor, tt: 'async', priority }));
  const plain = byTurns[1]!;
  return {
    run: priorities === 'mixed' ? (job, argument) => byTurns[argument % 3]!(job, argument) : plain,
    runUrgent: noPriorities,
    echo: noValues,
    close: async () => void (await supervisor.stop({ cancelTasks: true })),
  };
}
