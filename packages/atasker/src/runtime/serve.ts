/**
 * A pool thread at work. The pool sends one `run` at a time (executors/member.ts is its other end);
 * the module is loaded if need be, the function runs, and its end is reported. `stop`, news of
 * children and `retire` may come at any time. Nothing here starts by itself.
 */
import { systemClock } from '../clock.ts';
import { contexts } from '../context.ts';
import { setPoolThreadHost } from '../define/host.ts';
import type { Definition } from '../define/registry.ts';
import { aboutTask } from '../errors.ts';
import { STOPPED_RUN, URGENT, type Role } from '../role.ts';
import type { Address } from '../task.ts';
import { disposeThreadLocals } from '../thread-local.ts';
import { isThenable } from '../thenable.ts';
import { decodeError, encodeError, toError } from '../wire/errors.ts';
import type { FromMember, RunFrame, ToMember, WireOutcome } from '../wire/frames.ts';
import type { WireValue } from '../wire/marks.ts';
import { encodeOutcome } from '../wire/outcome.ts';
import { orCloneError, unpack } from '../wire/values.ts';
import { MemberHost } from './children.ts';
import { endsEvaluation, exitThread, explainMissingName, ModuleLoader } from './load.ts';
import { Run, type RunPort } from './run.ts';

/** Takes over a thread that a pool has started; returns at once. */
export function servePool(role: Role): void {
  new PoolServer(role).open();
}

/** A second copy of the library in a pool thread: its task functions start nothing here. */
export function standAside(role: Role): void {
  setPoolThreadHost(new MemberHost(role, ignore, ignore));
}

class PoolServer implements RunPort {
  readonly #role: Role;
  readonly #loader: ModuleLoader;
  readonly #host: MemberHost;
  /** The definitions that the pool has named, by their numbers. */
  readonly #addresses: Address[] = [];
  #run: Run | null = null;
  /** How many urgent frames had come when they were read last. */
  #urgentRead = 0;

  constructor(role: Role) {
    this.#role = role;
    this.#host = new MemberHost(
      role,
      (frame) => this.#post(frame),
      () => this.readArrived(),
    );
    this.#loader = new ModuleLoader(role, {
      loading: () => this.#post({ type: 'loading', run: this.#run!.number }),
      registered: ({ name, address }) => this.#post({ type: 'registered', name, line: address?.line ?? 0 }),
      warning: (module, text) => this.#post({ type: 'warning', module, text }),
    });
  }

  open(): void {
    this.#role.isAttached = true;
    setPoolThreadHost(this.#host);
    process.on('uncaughtException', (error) => this.#uncaught(error));
    process.on('unhandledRejection', (error) => this.#uncaught(error));
    this.#role.listen((frame) => this.#handle(frame as ToMember));
    this.#post({ type: 'ready' });
    for (const module of this.#role.preload) this.#loader.preload(module);
  }

  isStopAsked(run: number): boolean {
    return Atomics.load(this.#role.stopFlag, STOPPED_RUN) === run;
  }

  get kind(): Role['kind'] {
    return this.#role.kind;
  }

  sendProgress(run: number, values: WireValue): void {
    this.#post({ type: 'progress', run, values });
  }

  readUrgent(): void {
    const count = Atomics.load(this.#role.stopFlag, URGENT);
    if (count === this.#urgentRead) return;
    this.#urgentRead = count;
    this.readArrived();
  }

  readArrived(): void {
    for (let frame = this.#role.takeArrived(); frame !== undefined; frame = this.#role.takeArrived()) {
      this.#handle(frame as ToMember);
    }
  }

  #handle(frame: ToMember): void {
    switch (frame.type) {
      case 'run':
        return this.#start(frame);
      case 'stop':
        if (frame.run === this.#run?.number) this.#run.stop(decodeError(frame.reason));
        return;
      case 'childStarted':
      case 'childProgress':
      case 'childEnded':
        return this.#host.handle(frame);
      case 'progressRead':
        if (frame.run === this.#run?.number) this.#run.progressRead();
        return;
      case 'lockGranted':
        return this.#host.locks.handle(frame);
      case 'retire':
        return void this.#retire();
    }
  }

  async #retire(): Promise<void> {
    const source = 'dispose of a threadLocal';
    await disposeThreadLocals((error) => this.#post({ type: 'userError', source, error: encodeError(error) }));
    exitThread(0);
  }

  #start(frame: RunFrame): void {
    const address = frame.address ?? this.#addresses[frame.definition]!;
    this.#addresses[frame.definition] = address;
    const run = new Run(frame, address, this);
    this.#run = run;
    try {
      const found = this.#loader.find(address, frame.mainLastOrdinal);
      if (!(found instanceof Promise)) return this.#begin(run, found, frame.args);
      found.then(
        (definition) => this.#begin(run, definition, frame.args),
        (error: unknown) => this.#end(run, failed(aboutTask(error, run))),
      );
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #begin(run: Run, { fn }: Definition, args: WireValue): void {
    const { stopReason } = run;
    if (stopReason !== null) return this.#end(run, failed(stopReason));
    this.#role.running = 1;
    this.#post({ type: 'started', run: run.number, at: systemClock.now() });
    contexts.run(run.context, () => this.#call(run, fn, args));
  }

  #call(run: Run, fn: Definition['fn'], taken: WireValue): void {
    try {
      const args = this.#unpack(run, taken);
      const result: unknown = fn(...args);
      if (!isThenable(result)) return this.#complete(run, result);
      if (run.children > 0) this.#post({ type: 'returned', run: run.number });
      run.hasReturned = true;
      Promise.resolve(result).then(
        (value) => this.#complete(run, value),
        (error: unknown) => this.#fail(run, error),
      );
    } catch (error) {
      this.#fail(run, error);
    }
  }

  /** A task before this one may have left something in the way. */
  #unpack(run: Run, args: WireValue): readonly unknown[] {
    try {
      return orCloneError('args', () => unpack(args)) as readonly unknown[];
    } catch (error) {
      throw aboutTask(error, run);
    }
  }

  #complete(run: Run, result: unknown): void {
    try {
      const outcome = encodeOutcome({ kind: 'completed', value: result }, this.#role.kind);
      orCloneError('result', () => this.#end(run, outcome));
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #end(run: Run, outcome: WireOutcome): void {
    if (run.hasEnded) return;
    run.endProgress();
    const hasOutput = process.stdout.writableLength + process.stderr.writableLength > 0;
    this.#post({ type: 'ended', run: run.number, outcome, hasOutput });
    run.hasEnded = true;
    this.#run = null;
    this.#role.running = 0;
    if (hasOutput) process.stdout.write('', () => process.stderr.write('', () => this.#post({ type: 'flushed' })));
  }

  /** Of a task: nobody knows what else it broke, so the thread ends. Of a module: one warning. */
  #uncaught(error: unknown): void {
    if (endsEvaluation(error)) return;
    const guilty = contexts.getStore()?.runner;
    if (guilty instanceof Run) {
      this.#post({ type: 'uncaught', run: guilty.number, error: encodeError(toError(error, guilty)) });
    } else
      this.#post({
        type: 'warning',
        module: 'a module',
        text: `threw in a pool thread, in no task: ${stackOf(error)}`,
      });
  }

  #fail(run: Run, error: unknown): void {
    explainMissingName(error, run.address, this.#role.main);
    try {
      this.#end(run, failed(toError(error, run)));
    } catch (problem) {
      this.#end(run, failed(new Error(`the error of ${run.name} cannot be sent: ${toError(problem).message}`)));
    }
  }

  #post(frame: FromMember): void {
    this.#role.post(frame);
  }
}

const ignore = (): void => {};

function failed(error: unknown): WireOutcome {
  return { kind: 'failed', error: encodeError(error) };
}

function stackOf(error: unknown): string {
  return encodeError(error).stack;
}
