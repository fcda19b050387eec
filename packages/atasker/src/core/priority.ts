import { arrayReversed } from '../platform/methods.ts';

/** The four priorities, lowest first. A higher one always starts before a lower one. */
export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

/** How urgent a task is: `'low'`, `'normal'` (the default), `'high'` or `'critical'`. */
export type Priority = (typeof PRIORITIES)[number];

/** A number for each priority. */
export type PerPriority = Readonly<Record<Priority, number>>;

/** The same, from the most urgent down: the order in which a backlog is looked through. */
export const FROM_THE_TOP: readonly Priority[] = arrayReversed(PRIORITIES);

const RANK: PerPriority = { low: 0, normal: 1, high: 2, critical: 3 };

/** The higher of two priorities: a child has at least its parent's. */
export function higherOf(a: Priority, b: Priority): Priority {
  return RANK[a] >= RANK[b] ? a : b;
}
