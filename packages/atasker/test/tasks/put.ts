import { backgroundTask, currentTask, taskSupervisor, type Task } from 'atasker';

/** A plain function, which has become a task function too. */
export function multiply(a: number, b: number): { product: number; id: string } {
  return { product: a * b, id: currentTask().id };
}

export const multiplyTask = backgroundTask(multiply, { priority: 'low' });

export const putInThread = backgroundTask(async function putInThread(taskId: string) {
  const put = (): Task<ReturnType<typeof multiply>> =>
    taskSupervisor.putTask({ target: multiply, args: [2, 3], taskId });
  const first = put();
  const second = put();
  const code = await second.catch((error: { code: string }) => error.code);
  return { first: await first, code, ids: [first.id, second.id] };
});

export function withOptions(a: number, b: number, { x }: { x: number }): unknown[] {
  return [a, b, { x }];
}

backgroundTask(withOptions);
