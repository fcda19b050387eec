import type { TaskHandle } from '../../task/task.ts';

/** Whether the id and the name of a task follow from its sequence number, its definition, and this prefix of ids. */
export function hasOwnHead({ sequence, idPrefix, name, target }: TaskHandle, prefix: string): boolean {
  return typeof sequence === 'number' && idPrefix === prefix && name === target.address!.name;
}
