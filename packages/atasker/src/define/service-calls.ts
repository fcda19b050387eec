import { AsyncResource } from 'node:async_hooks';
import { TaskError } from '../common/errors.ts';
import { isThenable } from '../common/thenable.ts';
import { sharedState } from '../modules/library.ts';
import { AsyncLocalStorage, runInScope } from '../platform/node.ts';
import { Set, setOf } from '../platform/primordials.ts';
import { contexts, heldLocks } from '../task/context.ts';
import type { Host } from '../task/task.ts';

/** A service that calls code of the user: a worker, a job scheduler, the schedulers of the user. */
export interface Caller {
  readonly name: string;
  /** Whether code of the service runs, or is awaited. */
  readonly isBusy: boolean;
}

/** One call of the user's code by a service. */
interface ServiceCall {
  readonly calls: ServiceCalls;
  /** Whether the service still waits for this call. */
  isAwaited: boolean;
  /** The services whose end this code awaits. */
  readonly waitsFor: Set<ServiceCalls>;
  /** Undefined if there is no time limit. */
  readonly run?: LimitedRun | undefined;
}

/** A run of a worker or a job that has a time limit. */
export interface LimitedRun {
  /** The worker or job. */
  readonly of: object;
  /** Aborts when the limit has passed. */
  readonly signal: AbortSignal;
}

const current = sharedState('executions', () => new AsyncLocalStorage<ServiceCall>());

/**
 * Calls the user's code for a service: its executor functions and hooks. Code that the service waits for can be told
 * from all other code, even after an `await`. So a method of the service can make sure that such code never waits for
 * itself.
 */
export class ServiceCalls {
  readonly service: Caller;
  /** The host that takes the task calls of this code, also while the supervisor stops; null before the first start. */
  tasks: Host | null;
  readonly #live = new Set<ServiceCall>();
  readonly #unawaited: ServiceCall = { calls: this, isAwaited: false, waitsFor: new Set() };

  constructor(service: Caller, tasks: Host | null) {
    this.service = service;
    this.tasks = tasks;
  }

  /**
   * The async context of the caller, for later calls. The caller's current task and held locks are not part of it,
   * because they end before these calls do.
   */
  captureScope(): AsyncResource {
    return withoutCaller(() => current.run(this.#unawaited, () => new AsyncResource('atasker.service')));
  }

  /**
   * Calls code that the service waits for. The caller has to await a returned promise. Errors of the code are rethrown.
   */
  call(scope: AsyncResource, code: () => unknown, run?: LimitedRun): unknown {
    const call: ServiceCall = { calls: this, isAwaited: true, waitsFor: new Set(), run };
    const end = (): void => {
      call.isAwaited = false;
      this.#live.delete(call);
    };
    this.#live.add(call);
    try {
      const answer = runInScope(scope, () => current.run(call, code));
      if (isThenable(answer)) return settled(answer, end);
      end();
      return answer;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Whether the service waits for the calling code, directly or by way of other services. */
  isAwaitingCaller(): boolean {
    const caller = current.getStore();
    if (caller === undefined || !caller.isAwaited) return false;
    const seen = setOf<ServiceCalls>([this]);
    for (const calls of seen) {
      if (calls === caller.calls) return true;
      for (const { waitsFor } of calls.#live) for (const next of waitsFor) seen.add(next);
    }
    return false;
  }

  /** @throws TaskError `ERR_WORKER_DEADLOCK` to code that the service waits for. */
  refuseToAwait(what: string): void {
    if (!this.isAwaitingCaller()) return;
    const fact = `worker ${this.service.name} waits for the code that calls ${what}, so that code would wait for itself`;
    throw new TaskError('ERR_WORKER_DEADLOCK', `${fact}: do not await it in an executor or a hook of the worker`);
  }

  /** Notes, until the promise settles, that the calling code waits for the end of the service. */
  noteWaiting<T>(end: Promise<T>): Promise<T> {
    const caller = current.getStore();
    if (caller === undefined || !caller.isAwaited) return end;
    caller.waitsFor.add(this);
    return settled(end, () => caller.waitsFor.delete(this));
  }
}

/** Settles as the promise does, and calls `then` when the promise has settled. */
async function settled<T>(promise: PromiseLike<T>, then: () => void): Promise<T> {
  try {
    return await promise;
  } finally {
    then();
  }
}

/**
 * The service of the calling code, as long as the service waits for this code or is busy with other code; else null.
 */
export function currentService(): ServiceCalls | null {
  const call = current.getStore();
  return call !== undefined && (call.isAwaited || call.calls.service.isBusy) ? call.calls : null;
}

/** The signal of the run of this worker or job that the calling code is part of; undefined if there is none. */
export function signalOfRun(of: object): AbortSignal | undefined {
  const run = current.getStore()?.run;
  return run?.of === of ? run.signal : undefined;
}

/** The service that waits for the calling code; else null. */
export function awaitingService(): ServiceCalls | null {
  const call = current.getStore();
  return call?.isAwaited === true ? call.calls : null;
}

/**
 * Runs code that is no longer part of the surrounding service call, task and locks. `AsyncLocalStorage.exit` would not
 * do: in Node.js 20 its effect ends with the first `run` inside.
 */
export function withoutCaller<T>(code: () => T): T {
  return contexts.run(NONE, () => heldLocks.run(NONE, () => current.run(NONE, code)));
}

const NONE = undefined as never;
