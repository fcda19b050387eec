import assert from 'node:assert/strict';
import type { Task } from 'atasker';

/** The error with this code that a task ends with. */
export async function failsWith(task: Task, code: string): Promise<Error & Record<string, unknown>> {
  const error = await task.then(
    () => assert.fail('it must not complete'),
    (reason: unknown) => reason as Error & Record<string, unknown>,
  );
  assert.equal(error['code'], code, error.stack);
  assert.deepEqual([error['taskId'], error['taskName']], [task.id, task.name]);
  assert.equal(task.error, error);
  return error;
}
