import { systemClock } from '../../common/clock.ts';
import { aboutTask, TaskError } from '../../common/errors.ts';
import { isThenable } from '../../common/thenable.ts';
import type { Definition } from '../../define/registry.ts';
import { apply, promiseThen } from '../../platform/methods.ts';
import { Error, Promise } from '../../platform/primordials.ts';
import { contexts } from '../../task/context.ts';
import { encodeError, toError } from '../../wire/errors.ts';
import { fromExactText } from '../../wire/exact-text.ts';
import { encodeOutcome, outcomeAsBytes, textOfResult, type WireOutcome } from '../../wire/outcome.ts';
import { carried, resultText } from '../../wire/text.ts';
import { bytesOfResult, orCloneError, unpack, type TakenArgs } from '../../wire/values.ts';
import type { Role } from '../channels/role.ts';
import type { RunClaims } from '../channels/run-claims.ts';
import { outputLength, whenFlushed } from '../conversations/output/thread-end.ts';
import type { Run } from '../conversations/run/thread-end.ts';
import type { FromMember } from '../frames/frames.ts';
import { explainFailure } from './explain-failure.ts';
import { isShortage } from './load-errors.ts';
import type { ModuleLoader } from './load.ts';
import type { PrefetchedWork } from './prefetched-work.ts';
import type { QueueWork } from './queue-work.ts';
import type { Runs } from './runs.ts';

/** What calls work with. */
interface RunCallsParts {
  readonly runs: Runs;
  readonly loader: ModuleLoader;
  /** Where runs come from: one of these, or none if each run is sent and begins at once. */
  readonly queue: QueueWork | null;
  readonly prefetch: PrefetchedWork | null;
  /** The claims of the runs that a thread is sent; null where runs are claimed in another way, or cannot be claimed. */
  readonly claims: RunClaims | null;
}

/** What calls need from their thread. */
export interface RunCallsOwner {
  /** The last ordinal down to which the main file has been evaluated. */
  readonly mainLastOrdinal: number;
  post(frame: FromMember): void;
  /** Lets the pool decide who goes on: after a module that cannot be loaded. */
  takeNoMore(module: string): void;
  /** Takes no more tasks if a task broke built-ins. Says so before the outcome, so that no task is sent here. */
  holdIfBroken(): void;
  /** The outcome of a run is on its way. */
  left(): void;
}

/** Finds and calls the functions of runs, and sends their outcomes. */
export class RunCalls {
  readonly #owner: RunCallsOwner;
  readonly #role: Role;
  readonly #runs: Runs;
  readonly #loader: ModuleLoader;
  readonly #queue: QueueWork | null;
  readonly #prefetch: PrefetchedWork | null;
  readonly #claims: RunClaims | null;

  constructor(role: Role, { runs, loader, queue, prefetch, claims }: RunCallsParts, owner: RunCallsOwner) {
    this.#owner = owner;
    this.#role = role;
    this.#runs = runs;
    this.#loader = loader;
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.#claims = claims;
  }

  /** Finds the function of a run, which may have to be loaded first, and calls it. */
  start(run: Run, args: TakenArgs): void {
    try {
      const loading = (waits: boolean): void => this.#role.post({ type: 'loading', run: run.number, waits });
      const found = this.#loader.find(run.address, this.#owner.mainLastOrdinal, loading);
      if (!isThenable(found)) return this.#begin(run, found, args);
      void promiseThen(
        found,
        (definition) => this.#begin(run, definition, args),
        (error: unknown) => this.#endUnfound(run, error),
      );
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  /** Ends a run that was asked to stop before it began. */
  endStopped(run: Run): void {
    this.#end(run, failed(run.stopReason));
  }

  /** Ends a run without its definition. The next task here might fail in the same way; others could run it. */
  #endUnfound(run: Run, error: unknown): void {
    this.#owner.takeNoMore(run.address.module);
    this.#end(run, failed(aboutTask(error, run)), isShortage(error));
  }

  #begin(run: Run, { fn }: Definition, args: TakenArgs): void {
    if (run.hasEnded) return; // it was stopped while it waited for its module
    if (run.stopReason !== null) return this.endStopped(run);
    if (!this.#claimAndTell(run)) return this.#endUnclaimed(run);
    this.#role.running += 1;
    run.hasBegun = true;
    this.#runs.begun = run;
    contexts.run(run.context, () => this.#call(run, fn, args));
  }

  /** The run was called off, or somebody has overwritten the memory of its claim: then it may run elsewhere. */
  #endUnclaimed(run: Run): void {
    if (run.stopReason !== null) return this.endStopped(run);
    const fact = 'other code has overwritten the memory that says whether it may begin';
    this.#end(run, failed(new TaskError('ERR_TASK_LOST', fact, { taskName: run.name })), true);
  }

  /** Claims a run and tells that it begins; false if it must not begin any more. */
  #claimAndTell(run: Run): boolean {
    if (this.#claims?.begin(run.number) === false) return false;
    const at = this.#queue === null ? systemClock.now() : this.#queue.begin();
    if (at === null) return false;
    if (this.#prefetch !== null) this.#prefetch.begin(run, at);
    else if (this.#queue?.tellsStart !== false) this.#role.post({ type: 'started', run: run.number, at });
    return true;
  }

  #call(run: Run, fn: Definition['fn'], taken: TakenArgs): void {
    try {
      const args = this.#unpack(run, taken);
      const result: unknown = apply(fn, undefined, args);
      if (!isThenable(result)) return this.#complete(run, result);
      if (run.children > 0) this.#owner.post({ type: 'returned', run: run.number });
      run.hasReturned = true;
      void promiseThen(
        Promise.resolve(result),
        (value) => this.#complete(run, value),
        (error: unknown) => this.#fail(run, error),
      );
    } catch (error) {
      this.#fail(run, error);
    }
  }

  /** Unpacks the arguments. This can fail because of what an earlier task has left behind. */
  #unpack(run: Run, args: TakenArgs): readonly unknown[] {
    if (typeof args === 'number') return [args];
    if (typeof args === 'string') return readArgsOf(run, args);
    try {
      return orCloneError('args', () => unpack(args)) as readonly unknown[];
    } catch (error) {
      throw aboutTask(error, run);
    }
  }

  #complete(run: Run, result: unknown): void {
    if (run.hasEnded) return;
    this.#owner.holdIfBroken();
    if (run.answersInText) return this.#completeInText(run, result);
    const isNumber = typeof result === 'number' && this.#queue !== null;
    const text = isNumber ? null : textOfResult(result);
    if (this.#queue?.complete(run, text, result)) return this.#leave(run);
    const bytes = text === null && this.#prefetch !== null ? bytesOfResult(result) : null;
    if (this.#prefetch?.complete(run, text, bytes)) return this.#leave(run);
    if (text !== null) return this.#end(run, { kind: 'text', text });
    try {
      const outcome =
        bytes === null ? encodeOutcome({ kind: 'completed', value: result }, this.#role.kind) : outcomeAsBytes(bytes);
      orCloneError('result', () => this.#end(run, outcome));
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #completeInText(run: Run, result: unknown): void {
    run.answersInText = false;
    try {
      this.#complete(run, resultText(result));
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #end(run: Run, outcome: WireOutcome, mayRunElsewhere = false): void {
    if (run.hasEnded) return;
    this.#owner.holdIfBroken();
    run.endProgress();
    const hasOutput = outputLength() > 0;
    const ms = this.#prefetch === null || outcome.kind === 'failed' ? null : this.#prefetch.elapsedMs();
    const frame = { type: 'ended', run: run.number, outcome, hasOutput, mayRunElsewhere, ms } as const;
    const post = (): void => this.#owner.post(frame);
    if (this.#queue === null) post();
    else this.#queue.send(run.number, post);
    if (hasOutput) whenFlushed(() => this.#owner.post({ type: 'flushed' }));
    this.#leave(run);
  }

  /** Removes a run whose outcome is on its way. */
  #leave(run: Run): void {
    run.hasEnded = true;
    this.#runs.delete(run);
    if (run.hasBegun) this.#role.running -= 1;
    this.#owner.left();
  }

  #fail(run: Run, error: unknown): void {
    explainFailure(error, run.address, this.#role.main);
    try {
      this.#end(run, failed(toError(error, run)));
    } catch (problem) {
      this.#end(run, failed(new Error(`the error of ${run.name} cannot be sent: ${toError(problem).message}`)));
    }
  }
}

function readArgsOf(run: Run, text: string): readonly unknown[] {
  if (text === '') return [];
  const remote = carried(text);
  if (remote === null) return fromExactText(text) as unknown[];
  run.answersInText = true;
  run.attempt = remote.attempt;
  return remote.args;
}

function failed(error: unknown): WireOutcome {
  return { kind: 'failed', error: encodeError(error) };
}
