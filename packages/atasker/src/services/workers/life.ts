import type { AsyncResource } from 'node:async_hooks';
import { checkDuration, type AnyFn } from '../../common/check.ts';
import { callUserCode } from '../../common/events.ts';
import { isTaskFunction } from '../../define/background-task.ts';
import type { ServiceCalls } from '../../define/service-calls.ts';
import { arrayConcat } from '../../platform/methods.ts';
import { runInScope } from '../../platform/node.ts';
import { Reflect } from '../../platform/primordials.ts';
import type { AnyWorker, ServiceHost, WorkerStopReason } from '../service.ts';
import { callLimited, untilReturned } from '../time-limit.ts';
import type { Executed } from './pulse.ts';
import type { WorkerOptions } from './worker-options.ts';

/** A worker from one start to its stop: how it calls the code of the user, and what happens to errors of that code. */
export class Life<O extends WorkerOptions> {
  readonly options: O;
  readonly args: readonly unknown[];
  readonly host: ServiceHost;
  /** The async context of the start, without the task and the locks that surrounded the call of `start`. */
  readonly scope: AsyncResource;
  reason: WorkerStopReason = 'stop';
  readonly #worker: AnyWorker;
  readonly #calls: ServiceCalls;
  /** How long an execution may run; Infinity: no limit. */
  readonly #timeoutMs: number;

  constructor(worker: AnyWorker, calls: ServiceCalls, host: ServiceHost, options: O, args: readonly unknown[]) {
    this.#worker = worker;
    this.#calls = calls;
    this.host = host;
    this.options = options;
    this.args = args;
    const { timeout } = options;
    this.#timeoutMs = timeout === undefined ? Infinity : checkDuration('timeout', timeout);
    calls.tasks = host.tasks;
    this.scope = calls.captureScope();
  }

  /** Calls code that the worker waits for. Errors of the code are rethrown. */
  call(code: () => unknown): unknown {
    return this.#calls.call(this.scope, code);
  }

  /** Calls a hook that the worker waits for. An error is reported, and the worker goes on. */
  async hook(name: string, code: () => unknown): Promise<void> {
    try {
      await this.call(code);
    } catch (error) {
      this.#report(error, name);
    }
  }

  /** Calls code that nobody waits for. An error is reported. */
  tell(name: string, code: () => unknown): void {
    callUserCode(
      () => runInScope(this.scope, code),
      (error) => this.#report(error, name),
    );
  }

  /**
   * Runs one execution. Only the result of a task function is passed to `processResult`. An execution that `failed` was
   * told of resolves when its function has ended.
   */
  async execute(
    run: AnyFn,
    given: readonly unknown[],
    processResult: (result: unknown) => unknown,
    failed: (error: unknown) => void,
  ): Promise<Executed> {
    const all = arrayConcat(given, this.args);
    const { priority, loop, timeout } = this.options;
    if (!isTaskFunction(run)) {
      const own: unknown = await this.#callLimited(() => Reflect.apply(run, this.#worker, all), failed);
      return { result: own, stops: own === false };
    }
    let hasFailed = false;
    const fail = (error: unknown): void => {
      hasFailed = true;
      failed(error);
    };
    const task = run.with({ priority, loop, timeout });
    const result: unknown = await this.call(() => untilReturned(Reflect.apply(task, undefined, all), fail));
    if (hasFailed) return { result, stops: false };
    const answer: unknown = await this.call(() => processResult(result));
    return { result, stops: result === false || answer === false };
  }

  #callLimited(code: () => unknown, timedOut: (error: unknown) => void): Promise<unknown> {
    const { host, scope } = this;
    const limits = { timeoutMs: this.#timeoutMs, timedOut };
    const what = `worker ${this.#worker.name}`;
    return callLimited({ host, calls: this.#calls, scope, of: this.#worker, what, ...limits }, code);
  }

  /** The executor function, or the start, has failed. */
  failed(error: unknown, job: unknown, isAwaited = false): void {
    const worker = this.#worker;
    const { onError } = this.options;
    this.host.workerFailed(worker, error, job, isAwaited || onError !== undefined);
    if (onError === undefined) return;
    const args: [unknown, AnyWorker, unknown?] = worker.kind === 'queue' ? [error, worker, job] : [error, worker];
    this.tell('onError', () => Reflect.apply(onError, undefined, args));
  }

  #report(error: unknown, name: string): void {
    this.host.userError(error, `${name} of worker ${this.#worker.name}`);
  }
}
