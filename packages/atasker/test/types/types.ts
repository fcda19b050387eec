/** Compiled, never run: what the types allow, and what they refuse. */
import {
  backgroundTask,
  taskSupervisor,
  TaskSupervisor,
  waitCompleted,
  type Task,
  type TaskFunction,
  type TaskInfo,
  type TaskOptions,
} from 'atasker';

const thumbnail = backgroundTask(function thumbnail(image: Uint8Array, width: number): Uint8Array {
  return image.subarray(width);
});
const later = backgroundTask(async (name: string, times = 1) => name.repeat(times), {
  priority: 'high',
  timeout: '3s',
});
const bytes = new Uint8Array(3);

// the right type, and a wrong argument is an error
const task: Task<Uint8Array> = thumbnail(bytes, 320);
const small: Uint8Array = await thumbnail(bytes, 320);
const text: string = await later('a');
// @ts-expect-error the second argument is a number
thumbnail(bytes, '320');
// @ts-expect-error one argument is missing
thumbnail(bytes);
// @ts-expect-error the result is a Uint8Array
const wrong: string = await thumbnail(bytes, 1);

// a task is a promise by interface
const promise: Promise<Uint8Array> = task;
const length: Promise<number> = task.then((result) => result.length);
const awaited: Awaited<typeof task> = small;

// options
thumbnail.with({
  priority: 'critical',
  deadline: new Date(),
  signal: AbortSignal.timeout(1),
  callback: (r) => r.length,
});
thumbnail.with({ callback: (result: Uint8Array, of: Task<Uint8Array>) => of.cancel(result) });
// @ts-expect-error no such priority
thumbnail.with({ priority: 'urgent' });
// @ts-expect-error the option is called tt
thumbnail.with({ type: 'thread' });
// @ts-expect-error durations have a unit
thumbnail.with({ timeout: '3 seconds' });
// @ts-expect-error the callback gets the result
thumbnail.with({ callback: (result: string) => result });
// @ts-expect-error sizes are numbers
taskSupervisor.setThreadPool({ poolSize: '2' });
const options: TaskOptions<number> = { delay: '1.5s', supervisor: new TaskSupervisor({ id: 'x' }) };

// tuples, arrays, single tasks
const [a, b]: [Uint8Array, string] = await waitCompleted([thumbnail(bytes, 1), later('b')]);
const list: string[] = await waitCompleted(new Set([later('c')]));
const single: string = await waitCompleted(later('d'), { timeout: '1s' });
// @ts-expect-error the second is a string
const [, c]: [Uint8Array, number] = await waitCompleted([thumbnail(bytes, 1), later('b')]);

// map
const sizes: Uint8Array[] = await thumbnail.map([bytes], { args: [320] });
for await (const { input, index, result, error } of thumbnail.map([bytes], { args: [1] }).settled()) {
  const parts: [Uint8Array, number, Uint8Array | undefined, unknown] = [input, index, result, error];
  parts.at(0);
}
// @ts-expect-error the inputs are bytes
thumbnail.map(['text'], { args: [1] });
// @ts-expect-error the further argument is a number
thumbnail.map([bytes], { args: ['1'] });

// the plain function, the info
const plain: (image: Uint8Array, width: number) => Uint8Array = thumbnail.fn;
const info: TaskInfo<Uint8Array> = task.info();
const status: 0 | 2 | 100 | 200 | -1 | -2 = info.status;
const anyTaskFunction: TaskFunction<(n: number) => string> = backgroundTask((n: number) => `${n}`);

// as a decorator
class Jobs {
  @backgroundTask({ priority: 'low' })
  static async nightly(day: number): Promise<string> {
    return `${this.name} ${day}`;
  }

  // @ts-expect-error only static methods
  @backgroundTask()
  async mine(): Promise<void> {}

  // @ts-expect-error only methods that return a promise
  @backgroundTask()
  static count(): number {
    return 1;
  }
}
const night: string = await Jobs.nightly(1);

// events
taskSupervisor.on('taskFailed', ({ task: failed, error }) => console.log(failed.name, error));
// @ts-expect-error no such event
taskSupervisor.on('taskDone', () => {});

export {
  a,
  anyTaskFunction,
  awaited,
  b,
  c,
  info,
  length,
  list,
  night,
  options,
  plain,
  promise,
  single,
  sizes,
  status,
  text,
  wrong,
};
