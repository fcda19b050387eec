import { unawaitedRejection } from '../common/thenable.ts';
import { Promise } from '../platform/primordials.ts';
import { lifeOf } from './life.ts';
import type { TaskHandle } from './task.ts';

/** `accepted` of a task that has been taken. */
export const TAKEN: Promise<void> = Promise.resolve();

/** The task ends, or will in a moment, without having been taken. */
export function markRefused(task: TaskHandle): void {
  lifeOf(task).attempt = 0;
}

/** `accepted` of a task that has ended without having been taken; null for any other task. */
export function refusal(task: TaskHandle): Promise<never> | null {
  if (task.life?.attempt !== 0 || !task.isCompleted()) return null;
  task.observe(false);
  return unawaitedRejection(task.peekError() as Error);
}
