import type { Priority, TaskType } from 'atasker';

/** The most urgent first. */
export const FROM_THE_TOP: readonly Priority[] = ['critical', 'high', 'normal', 'low'];

export const TASK_TYPES: readonly TaskType[] = ['thread', 'process', 'async'];
