import { hasEnded } from '../core/lifecycle.ts';
import { sharedState } from '../modules/library.ts';
import { Error } from '../platform/primordials.ts';
import { contexts } from '../task/context.ts';
import { TaskHandle, type Host } from '../task/task.ts';
import { currentService } from './service-calls.ts';

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

/** The default supervisor, if it is one: workers belong to it, whatever task starts them. */
export function defaultHost(): Host | null {
  return hosts.default;
}

/** The host of a call: in a task or a worker it is the one that runs this, unless another one is asked for. */
export function hostFor(asked: Host | null): Host {
  const host = hosts.poolThread ?? asked ?? runningHost() ?? currentService()?.tasks ?? hosts.default;
  if (host === null) throw new Error('atasker: a task function was called before the library was loaded');
  return host;
}

function runningHost(): Host | null {
  const runner = contexts.getStore()?.runner;
  return runner instanceof TaskHandle && !hasEnded(runner.status) ? runner.controller : null;
}
