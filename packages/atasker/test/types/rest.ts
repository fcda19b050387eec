/** Compiled, not run: the types of locks, collections, thread-local values, and `putTask`. */
import { backgroundTask, FunctionCollection, g, Locker, taskSupervisor, threadLocal, type Task } from 'atasker';

const lock = new Locker({ name: 'types' });
export const inLock: Promise<number> = lock.run(async () => 1);
export const inPlace: string = lock.runSync(() => 'a');
export const wrapped: (a: number, b?: string) => Promise<boolean> = lock.wrap(
  (a: number, b?: string) => a > 1 || b === '',
);
// @ts-expect-error a lock has a name
export const nameless = new Locker({});

const area = backgroundTask(function area(width: number, height: number) {
  return width * height;
});
export const put: Task<number> = taskSupervisor.putTask({
  target: area,
  args: [1, 2],
  callback: (result) => result.toFixed(),
});
export const plain: Task<number> = taskSupervisor.putTask({ target: area.fn, args: [1, 2] });
// @ts-expect-error a wrong argument
taskSupervisor.putTask({ target: area, args: ['1', 2] });
export const tasks: Map<string, Task> = taskSupervisor.getTasks('thread');

const connection = threadLocal(
  async () => ({ close: () => {} }),
  (open) => open.close(),
);
export const open: Promise<{ close: () => void }> = connection();

export const visits: number = g.get('visits', 0);
// @ts-expect-error without another value it may be anything
export const unknownVisits: number = g.get('visits');

export const added: () => number = new FunctionCollection().add(() => 1);
// @ts-expect-error functions of a collection get no arguments
new FunctionCollection().add((n: number) => n);
