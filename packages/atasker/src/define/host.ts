import { contexts } from '../context.ts';
import { hasEnded } from '../core/lifecycle.ts';
import { TaskHandle, type Host } from '../task.ts';

let defaultHost: Host | null = null;
let poolThreadHost: Host | null = null;

/** Says where calls without a `supervisor` of their own go from now on. */
export function setHost(host: Host): void {
  defaultHost = host;
}

/** In a pool thread every call goes this way, whatever supervisor is asked for. */
export function setPoolThreadHost(host: Host): void {
  poolThreadHost = host;
}

/** The host of a call: in a task it is the one that runs the task, unless another one is asked for. */
export function hostFor(asked: Host | null): Host {
  const host = poolThreadHost ?? asked ?? runningHost() ?? defaultHost;
  if (host === null) throw new Error('atasker: a task function was called before the library was loaded');
  return host;
}

function runningHost(): Host | null {
  const runner = contexts.getStore()?.runner;
  return runner instanceof TaskHandle && !hasEnded(runner.status) ? runner.controller : null;
}
