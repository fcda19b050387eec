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

/** Sets the default host, unless there is one already. */
export function installHost(host: Host): void {
  hosts.default ??= host;
}

/** Sets the default host, which takes calls without a `supervisor` of their own from now on. */
export function setHost(host: Host): void {
  hosts.default = host;
}

/** Sets the host of a pool thread, which takes every call there, whatever supervisor the call names. */
export function setPoolThreadHost(host: Host): void {
  hosts.poolThread = host;
}

/** The default supervisor, or null. A worker belongs to it even if the task of another supervisor starts the worker. */
export function defaultHost(): Host | null {
  return hosts.default;
}

/**
 * The host of a call: the named one, else the host of the task or service that makes the call, else the default host.
 * In a pool thread always the host of the thread.
 */
export function hostFor(asked: Host | null): Host {
  const host = hosts.poolThread ?? asked ?? runningHost() ?? currentService()?.tasks ?? hosts.default;
  if (host === null) throw new Error('atasker: a task function was called before the library was loaded');
  return host;
}

function runningHost(): Host | null {
  const runner = contexts.getStore()?.runner;
  return runner instanceof TaskHandle && !hasEnded(runner.status) ? runner.controller : null;
}
