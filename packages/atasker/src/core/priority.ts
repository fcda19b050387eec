import { arrayReversed } from '../platform/methods.ts';

/** The four priorities, lowest first. A task of a higher priority always starts before one of a lower priority. */
export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/** How urgent a task is: `'low'`, `'normal'` (the default), `'high'` or `'critical'`. */
export type Priority = (typeof PRIORITIES)[number];

/** A number for each priority. */
export type PerPriority = Readonly<Record<Priority, number>>;

/** The priorities from the most urgent down, the order in which a backlog is searched. */
export const FROM_THE_TOP: readonly Priority[] = arrayReversed(PRIORITIES);

const RANK: PerPriority = { low: 0, normal: 1, high: 2, critical: 3 };

/** The higher of two priorities: a child has at least the priority of its parent. */
export function higherOf(a: Priority, b: Priority): Priority {
  return RANK[a] >= RANK[b] ? a : b;
}
