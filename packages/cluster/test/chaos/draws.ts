import type { Priority, TaskType } from 'atasker';
import type { NodeLimits } from './checker/history.ts';
import { URGENCY } from './checker/lines.ts';
import type { Random } from './random.ts';

export const TYPES: readonly TaskType[] = ['thread', 'process', 'async'];

export function randomPriority(random: Random): Priority {
  return random.happens(0.03) ? 'critical' : random.of(URGENCY.slice(1));
}

export function randomLimits(random: Random): Readonly<Record<TaskType, NodeLimits>> {
  const limits = (): NodeLimits => ({
    poolSize: 1 + random.below(4),
    reserveNormal: random.below(3),
    reserveHigh: random.below(3),
  });
  return { thread: limits(), process: limits(), async: limits() };
}
