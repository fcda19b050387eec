import type { Task } from 'atasker';

/** Resolves when all have completed, at the cost of one `then` for each. */
export function whenAll(tasks: readonly Task[]): Promise<void> {
  let left = tasks.length;
  return new Promise((resolve, reject) => {
    const count = (): void => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (const task of tasks) void task.then(count, reject);
  });
}
