import { CloneError, isTaskError, LostError, TaskError } from 'atasker';

/** An option has a value that it cannot have: `ERR_INVALID_OPTION`. */
export function invalidOption(kind: 'type' | 'range', message: string): Error {
  const error = kind === 'type' ? new TypeError(message) : new RangeError(message);
  return Object.assign(error, { code: 'ERR_INVALID_OPTION' });
}

/** Whether a call of a store has failed because the store cannot be reached: then it may be repeated. */
export function isUnavailable(error: unknown): boolean {
  return isTaskError(error, 'ERR_STORE_UNAVAILABLE') && !(error as { readonly isFinal?: boolean }).isFinal;
}

export function bufferFull(most: number, cause: unknown): TaskError {
  const message = `the store cannot be reached, and ${most} tasks wait for it already (offlineBuffer)`;
  return new TaskError('ERR_STORE_UNAVAILABLE', message, { cause });
}

/** The nodes of a task have died while they ran it. */
export function lostWith(nodes: readonly string[], task: { readonly id: string; readonly name: string }): LostError {
  const times = nodes.length === 1 ? 'once' : `${nodes.length} times`;
  const message = `task ${task.name} was lost ${times}, with the nodes that ran it: ${nodes.join(', ')}`;
  return new LostError('ERR_TASK_LOST', message, { taskId: task.id, taskName: task.name, nodes });
}

/** A task that was accepted is in the store no more. */
export function gone(id: string): LostError {
  const message = `the store has nothing of the task ${id} any more: its result was not kept long enough (keepResults)`;
  return new LostError('ERR_TASK_LOST', message, { taskId: id });
}

/** The supervisor stops, and what the store has of its tasks goes on. */
export function leftBehind(id: string): TaskError {
  const message = `this program has stopped waiting for the task ${id}, which goes on in the cluster`;
  return new TaskError('ERR_SUPERVISOR_STOPPED', message, { taskId: id });
}

/** What the payload is of, for the message and `direction` of the error. */
const WHOLE = { args: 'the arguments', result: 'the result', progress: 'the progress value' } as const;

/** @throws CloneError `ERR_TASK_CLONE` if the payload has more than `most` bytes */
export function checkSize(payload: string, most: number, direction: keyof typeof WHOLE): void {
  if (payload.length * 3 <= most) return; // UTF-8 takes no more
  const size = Buffer.byteLength(payload);
  if (size <= most) return;
  const path = direction === 'args' ? 'arguments' : direction;
  const message = `${WHOLE[direction]} would take ${size} bytes in the store, and maxPayload is ${most}`;
  throw new CloneError('ERR_TASK_CLONE', message, { direction, path });
}
