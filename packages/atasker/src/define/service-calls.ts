import { AsyncResource } from 'node:async_hooks';
import { TaskError } from '../common/errors.ts';
import { isThenable } from '../common/thenable.ts';
import { sharedState } from '../modules/library.ts';
import { AsyncLocalStorage, runInScope } from '../platform/node.ts';
import { Set, setOf } from '../platform/primordials.ts';
import { contexts, heldLocks } from '../task/context.ts';
import type { Host } from '../task/task.ts';

/** A service whose calls are known: a worker, a job scheduler, the schedulers of the user. */
export interface Caller {
  readonly name: string;
  /** Whether its code runs, or is waited for. */
  readonly isBusy: boolean;
}

/** One call of the user's code by a service. */
interface ServiceCall {
  readonly calls: ServiceCalls;
  /** Whether the service still waits for it. */
  isAwaited: boolean;
  /** The services whose end this code waits for. */
  readonly waitsFor: Set<ServiceCalls>;
}

const current = sharedState('executions', () => new AsyncLocalStorage<ServiceCall>());

/**
 * How a service calls the user's code: its executor, its hooks. Code that the service waits for can be told from
 * all other code, also after an `await`, so a method of the service never makes such code wait for itself.
 */
export class ServiceCalls {
  readonly service: Caller;
  /** Who takes the task calls of this code, also while the supervisor stops; null before the first start. */
  tasks: Host | null;
  readonly #live = new Set<ServiceCall>();
  readonly #unawaited: ServiceCall = { calls: this, isAwaited: false, waitsFor: new Set() };

  constructor(service: Caller, tasks: Host | null) {
    this.service = service;
    this.tasks = tasks;
  }

  /**
   * The async context of the caller, for calls that come later. The current task and the locks that the caller
   * holds stay behind: they end before these calls do.
   */
  captureScope(): AsyncResource {
    return withoutCaller(() => current.run(this.#unawaited, () => new AsyncResource('atasker.service')));
  }

  /** Calls code that the service waits for; a promise is to be awaited. What the code throws is thrown. */
  call(scope: AsyncResource, code: () => unknown): unknown {
    const call: ServiceCall = { calls: this, isAwaited: true, waitsFor: new Set() };
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

  /** Whether the service waits for the code that asks this, also by way of other services. */
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
    const fact = `worker ${this.service.name} waits for the code that calls ${what}, so that would wait for itself`;
    throw new TaskError('ERR_WORKER_DEADLOCK', `${fact}: do not await it in an executor or a hook of the worker`);
  }

  /** Notes, until the promise settles, that the code that calls this waits for the end of the service. */
  noteWaiting<T>(end: Promise<T>): Promise<T> {
    const caller = current.getStore();
    if (caller === undefined || !caller.isAwaited) return end;
    caller.waitsFor.add(this);
    return settled(end, () => caller.waitsFor.delete(this));
  }
}

/** The same promise, with a function that is called when it has settled. */
async function settled<T>(promise: PromiseLike<T>, then: () => void): Promise<T> {
  try {
    return await promise;
  } finally {
    then();
  }
}

/** The service whose code runs here, as long as it waits for this code or is busy with other code. */
export function currentService(): ServiceCalls | null {
  const call = current.getStore();
  return call !== undefined && (call.isAwaited || call.calls.service.isBusy) ? call.calls : null;
}

/** The service that waits for the code that asks this. */
export function awaitingService(): ServiceCalls | null {
  const call = current.getStore();
  return call?.isAwaited === true ? call.calls : null;
}

/**
 * Runs code that is no longer part of the service call, the task and the locks around it. Not by `exit`: in Node.js 20
 * that ends with the first `run` inside.
 */
export function withoutCaller<T>(code: () => T): T {
  return contexts.run(NONE, () => heldLocks.run(NONE, () => current.run(NONE, code)));
}

const NONE = undefined as never;
