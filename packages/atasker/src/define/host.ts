import { contexts } from '../context.ts';
import { hasEnded } from '../core/lifecycle.ts';
import { sharedState } from '../library.ts';
import { TaskHandle, type Host } from '../task.ts';

interface Hosts {
  default: Host | null;
  poolThread: Host | null;
}

const hosts = sharedState<Hosts>('hosts', () => ({ default: null, poolThread: null }));

/** Where calls go as long as nobody says otherwise. */
export function installHost(host: Host): void {
  hosts.default ??= host;
}

/** Says where calls without a `supervisor` of their own go from now on. */
export function setHost(host: Host): void {
  hosts.default = host;
}

/** In a pool thread every call goes this way, whatever supervisor is asked for. */
export function setPoolThreadHost(host: Host): void {
  hosts.poolThread = host;
}

/** The host of a call: in a task it is the one that runs the task, unless another one is asked for. */
export function hostFor(asked: Host | null): Host {
  const host = hosts.poolThread ?? asked ?? runningHost() ?? hosts.default;
  if (host === null) throw new Error('atasker: a task function was called before the library was loaded');
  return host;
}

function runningHost(): Host | null {
  const runner = contexts.getStore()?.runner;
  return runner instanceof TaskHandle && !hasEnded(runner.status) ? runner.controller : null;
}
