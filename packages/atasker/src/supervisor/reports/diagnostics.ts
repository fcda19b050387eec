import { channel, type Channel } from 'node:diagnostics_channel';
import { debuglog } from '../../common/node-util.ts';
import { arrayJoin, arrayMap, each } from '../../platform/methods.ts';
import { Object, String } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import { EVENTS, type SupervisorEvents } from './events.ts';

/** The channels of the rows in EVENTS: programs that know nothing of the supervisor can follow its tasks on them. */
const channels: Partial<Record<keyof SupervisorEvents, Channel>> = {};
for (const event of each(Object.keys(EVENTS) as (keyof SupervisorEvents)[])) {
  const name = EVENTS[event].channel;
  if (name !== null) channels[event] = channel(name);
}

/** Writes lines to standard error if `NODE_DEBUG=atasker` is set. */
const log = debuglog('atasker');
const isLogged = log.enabled;

/**
 * Publishes an event of a task on its channel, if the event has one, and logs the event. The call costs almost nothing
 * while nobody subscribes.
 *
 * @param more the fields of the payload besides the task.
 */
export function traceTask(event: keyof SupervisorEvents, task: TaskHandle, more?: object): void {
  const found = channels[event];
  if (found === undefined) return;
  if (found.hasSubscribers) found.publish({ task, ...more });
  if (!isLogged) return;
  const what = `${event} ${task.id} ${task.name} (${task.tt}, ${task.priority})`;
  if (more !== undefined && 'error' in more) log('%s %s', what, more.error);
  else log('%s', what);
}

/** Logs what has happened to a thread, a process or a pool. */
export function trace(...message: unknown[]): void {
  if (isLogged) log(arrayJoin(arrayMap(message, String), ' '));
}
