import { channel, type Channel } from 'node:diagnostics_channel';
import { debuglog } from '../../common/node-util.ts';
import { arrayJoin, arrayMap } from '../../platform/methods.ts';
import { String } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';

type Told = 'taskQueued' | 'taskStarted' | 'taskCompleted' | 'taskFailed' | 'taskCanceled';

/** For whoever watches a program from outside: `{ task }`, of a failed one `{ task, error }`. */
const channels: Readonly<Record<string, Channel | undefined>> & Readonly<Record<Told, Channel>> = {
  taskQueued: channel('atasker:task:queued'),
  taskStarted: channel('atasker:task:started'),
  taskCompleted: channel('atasker:task:completed'),
  taskFailed: channel('atasker:task:failed'),
  taskCanceled: channel('atasker:task:canceled'),
};

/** Lines on standard error with `NODE_DEBUG=atasker`. */
const log = debuglog('atasker');
const isLogged = log.enabled;

/** Tells what has become of a task. Costs next to nothing while nobody wants to know. */
export function traceTask(event: string, task: TaskHandle): void {
  const found = channels[event];
  if (found === undefined) return;
  if (found.hasSubscribers) found.publish(event === 'taskFailed' ? { task, error: task.peekError() } : { task });
  if (!isLogged) return;
  const what = `${event} ${task.id} ${task.name} (${task.tt}, ${task.priority})`;
  if (event === 'taskFailed') log('%s %s', what, task.peekError());
  else log('%s', what);
}

/** Tells what has become of a thread or a process, or of a pool. */
export function trace(...message: unknown[]): void {
  if (isLogged) log(arrayJoin(arrayMap(message, String), ' '));
}
