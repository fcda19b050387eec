import { arrayConcat, arrayMap, listOf } from '../platform/methods.ts';
import { Object } from '../platform/primordials.ts';
import type { Tasks, Totals } from './life/tasks.ts';
import type { Services } from './owned/services.ts';
import type { StopReport, Unfinished } from './reports/events.ts';

/** How tasks have ended since the totals were `before`, and which tasks and services still run. */
export function stopReport({ totals, lingering }: Tasks, { unfinished }: Services, before: Totals): StopReport {
  return Object.freeze({
    completed: totals.completed - before.completed,
    failed: totals.failed - before.failed,
    canceled: totals.canceled - before.canceled,
    lost: totals.lost - before.lost,
    unfinished: arrayMap(arrayConcat<Unfinished>(listOf(lingering), unfinished), ({ id, name, status }) => ({
      id,
      name,
      status,
    })),
  });
}
