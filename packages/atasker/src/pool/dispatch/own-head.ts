import type { TaskHandle } from '../../task/task.ts';

/** Whether id and name of a task follow from its number and its definition, where ids begin so. */
export function hasOwnHead({ sequence, idPrefix, name, target }: TaskHandle, prefix: string): boolean {
  return typeof sequence === 'number' && idPrefix === prefix && name === target.address!.name;
}
