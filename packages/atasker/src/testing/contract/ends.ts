import assert from 'node:assert/strict';
import { isTaskError, type Task, type TaskErrorCode } from 'atasker';

/** An error with whatever it has besides. */
export type Failure = Error & Record<string, unknown>;

/** The error that a task ends with. */
export async function failure(task: Task): Promise<Failure> {
  const error = await task.then(
    () => assert.fail(`${task.name} must not complete`),
    (reason: unknown) => reason as Failure,
  );
  assert.equal(task.error, error);
  return error;
}

/** The error of the library that a task ends with: it says what happened, and to which task. */
export async function failsWith(task: Task, code: TaskErrorCode): Promise<Failure> {
  const error = await failure(task);
  assert.equal(error['code'], code, error.stack);
  assert.ok(isTaskError(error, code));
  assert.deepEqual([error['taskId'], error['taskName']], [task.id, task.name]);
  return error;
}
