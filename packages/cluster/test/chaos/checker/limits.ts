import type { Priority } from 'atasker';
import type { NodeLimits } from './history.ts';

/** The number of tasks that run in a pool below which one of this priority begins. */
export function limitFor(priority: Priority, { poolSize, reserveNormal, reserveHigh }: NodeLimits): number {
  switch (priority) {
    case 'low':
      return poolSize;
    case 'normal':
      return poolSize + reserveNormal;
    case 'high':
      return poolSize + reserveNormal + reserveHigh;
    case 'critical':
      return Infinity;
  }
}
