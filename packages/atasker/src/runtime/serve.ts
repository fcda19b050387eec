/**
 * A pool thread at work. The pool sends one `run` at a time (executors/member.ts is its other end), to the thread
 * of an aloop any number, or the thread takes it from the run queue (pull.ts); the module is loaded if need be,
 * the function runs, and its end is reported. `stop`, news of children and `retire` may come at any time. Nothing here starts by itself.
 */
import { noContext, systemClock } from '../clock.ts';
import { contexts } from '../context.ts';
import { setPoolThreadHost } from '../define/host.ts';
import type { Definition } from '../define/registry.ts';
import { aboutTask } from '../errors.ts';
import { evaluatesMainFile, STOPPED_RUN, URGENT, type Role } from '../role.ts';
import type { Address } from '../call.ts';
import { disposeThreadLocals } from '../thread-local.ts';
import { isThenable } from '../thenable.ts';
import { decodeError, encodeError, toError } from '../wire/errors.ts';
import type { FromMember, RunFrame, TakenArgs, ToMember, WireOutcome } from '../wire/frames.ts';
import type { WireValue } from '../wire/marks.ts';
import { fromExactText } from '../wire/exact-text.ts';
import type { AheadRun } from '../wire/lines.ts';
import { encodeOutcome } from '../wire/outcome.ts';
import { orCloneError, unpack } from '../wire/values.ts';
import { AheadWork, type AheadWorkHost } from './ahead-work.ts';
import { MemberHost } from './children.ts';
import { endsEvaluation, exitThread, explainMissingName, ModuleLoader } from './load.ts';
import { Run, type RunHead, type RunPort } from './run.ts';
import { outputLength } from './output.ts';
import { QueueWork, type QueueHost } from './queue-work.ts';
import { Runs } from './runs.ts';

/** Takes over a thread that a pool has started; returns at once. */
export function servePool(role: Role): void {
  new PoolServer(role).open();
}

/** A second copy of the library in a pool thread: its task functions start nothing here. */
export function standAside(role: Role): void {
  setPoolThreadHost(new MemberHost(role, ignore, ignore));
}

type StopFrame = Extract<ToMember, { type: 'stop' }>;

class PoolServer implements RunPort, QueueHost, AheadWorkHost {
  readonly #role: Role;
  readonly #loader: ModuleLoader;
  readonly #host: MemberHost;
  /** The definitions that the pool has named, by their numbers. */
  readonly #addresses: Address[];
  readonly #runs = new Runs();
  /** How far the main file has been evaluated here: Infinity if not yet, or whole. */
  #mainLastOrdinal: number;
  /** How far the main file would be evaluated now. */
  #latestOrdinal: number;
  #isRetiring = false;
  /** For a run that is not here yet, perhaps. */
  #earlyStop: StopFrame | null = null;
  readonly #queue: QueueWork | null;
  readonly #ahead: AheadWork | null;
  /** How many urgent frames had come when they were read last. */
  #urgentRead = 0;
  /** Whether frames are read in the middle of something. */
  #isReading = false;

  constructor(role: Role) {
    this.#role = role;
    this.#mainLastOrdinal = evaluatesMainFile(role) ? role.main.lastOrdinal : Infinity;
    this.#latestOrdinal = role.main.lastOrdinal;
    this.#addresses = [...(role.queue?.definitions ?? [])];
    this.#queue = role.queue === null ? null : new QueueWork(role.queue, this);
    this.#ahead = role.lines === null ? null : new AheadWork(role.lines, this);
    this.#host = new MemberHost(
      role,
      (frame) => this.post(frame),
      () => this.readArrived(),
    );
    this.#loader = new ModuleLoader(role, {
      registered: ({ name, address }) => this.#role.post({ type: 'registered', name, line: address?.line ?? 0 }),
      warning: (module, text) => this.#role.post({ type: 'warning', module, text }),
    });
  }

  open(): void {
    this.#role.isAttached = true;
    setPoolThreadHost(this.#host);
    process.on('uncaughtException', (error) => this.#uncaught(error));
    process.on('unhandledRejection', (error) => this.#uncaught(error));
    this.#role.listen((frame) => this.#handle(frame as ToMember));
    this.post({ type: 'ready' });
    for (const module of this.#role.preload) this.#loader.preload(module);
    this.#queue?.puller.schedule();
  }

  /** Whether it is to take no task now. */
  get isBusy(): boolean {
    return this.#isAtWork || this.#isRetiring || this.#queue?.isTooOld === true;
  }

  get #isAtWork(): boolean {
    return !this.#runs.isEmpty || this.#queue?.isFetching === true;
  }

  isStopAsked(run: number): boolean {
    const { aloop, stopFlag } = this.#role;
    if (aloop !== null) return Atomics.load(stopFlag, URGENT) !== this.#urgentRead; // the flag has room for one run
    return Atomics.load(stopFlag, STOPPED_RUN) === run;
  }

  get kind(): Role['kind'] {
    return this.#role.kind;
  }

  sendProgress(run: number, values: WireValue): void {
    this.post({ type: 'progress', run, values });
  }

  readUrgent(): void {
    if (Atomics.load(this.#role.stopFlag, URGENT) !== this.#urgentRead) this.readArrived();
  }

  readArrived(): void {
    this.#urgentRead = Atomics.load(this.#role.stopFlag, URGENT); // first: what comes meanwhile is read again
    const wasReading = this.#isReading;
    this.#isReading = true;
    for (let frame = this.#role.takeArrived(); frame !== undefined; frame = this.#role.takeArrived()) {
      this.#handle(frame as ToMember);
    }
    this.#isReading = wasReading;
  }

  #handle(frame: ToMember): void {
    switch (frame.type) {
      case 'run':
        return this.#startSent(frame);
      case 'ahead':
        return this.#ahead!.add(frame.idPrefix, frame.runs);
      case 'define':
        return this.#define(frame);
      case 'takeBack':
        return; // the watchdog has done it
      case 'drop':
        return this.#queue!.drop();
      case 'stop':
        return this.#stop(frame);
      case 'ask':
        return void noContext.runInAsyncScope(() => setImmediate(() => this.post({ type: 'answer' })));
      case 'childStarted':
      case 'childProgress':
      case 'childEnded':
        return this.#host.handle(frame);
      case 'progressRead':
        return this.#runs.find(frame.run)?.progressRead();
      case 'lockGranted':
        return this.#host.locks.handle(frame);
      case 'retire':
        this.#isRetiring = true;
        this.#exitIfRetired();
    }
  }

  async #retire(): Promise<void> {
    const source = 'dispose of a threadLocal';
    await disposeThreadLocals((error) => this.post({ type: 'userError', source, error: encodeError(error) }));
    exitThread(0);
  }

  #startSent(frame: RunFrame): void {
    const address = frame.address ?? this.#addresses[frame.definition]!;
    this.#addresses[frame.definition] = address;
    this.#mainLastOrdinal = frame.mainLastOrdinal;
    this.#startHead(frame, address, frame.args);
  }

  startAhead({ run, definition, sequence, priority, args }: AheadRun, idPrefix: string): void {
    const address = this.#addresses[definition]!;
    this.#startHead({ run, id: idPrefix + sequence, name: address.name, priority }, address, args);
  }

  #startHead(head: RunHead, address: Address, args: TakenArgs): void {
    const run = new Run(head, address, this);
    if (this.#earlyStop?.run === run.number) run.stop(decodeError(this.#earlyStop.reason));
    if (this.#role.aloop === null || !this.#isReading) return this.start(run, args);
    this.#runs.add(run); // to be found by what comes next; it begins when what reads this is done
    noContext.runInAsyncScope(() => setImmediate(() => this.#find(run, args)));
  }

  #stop({ run: number, reason }: StopFrame): void {
    const run = this.#runs.find(number);
    if (run === null) this.#earlyStop = { type: 'stop', run: number, reason };
    else run.stop(decodeError(reason));
  }

  #define({ definition, address, mainLastOrdinal }: Extract<ToMember, { type: 'define' }>): void {
    this.#addresses[definition] = address;
    this.#latestOrdinal = mainLastOrdinal;
  }

  /** The definition of that number. The frame that brings it was sent before the number was used. */
  address(definition: number): Address {
    if (this.#addresses[definition] === undefined) this.readArrived();
    return this.#addresses[definition]!;
  }

  /** Whether the main file has been evaluated here only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    if (module !== this.#role.main.module) return false;
    if (this.#mainLastOrdinal === Infinity) this.#mainLastOrdinal = this.#latestOrdinal;
    return ordinal > this.#mainLastOrdinal;
  }

  start(run: Run, args: TakenArgs): void {
    this.#runs.add(run);
    this.#find(run, args);
  }

  #find(run: Run, args: TakenArgs): void {
    try {
      const loading = (): void => this.#role.post({ type: 'loading', run: run.number });
      const found = this.#loader.find(run.address, this.#mainLastOrdinal, loading);
      if (!(found instanceof Promise)) return this.#begin(run, found, args);
      found.then(
        (definition) => this.#begin(run, definition, args),
        (error: unknown) => this.#end(run, failed(aboutTask(error, run))),
      );
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #begin(run: Run, { fn }: Definition, args: TakenArgs): void {
    const { stopReason } = run;
    if (stopReason !== null) return this.#end(run, failed(stopReason));
    this.#role.running += 1;
    run.hasBegun = true;
    this.#tellStart(run);
    contexts.run(run.context, () => this.#call(run, fn, args));
  }

  #tellStart(run: Run): void {
    if (this.#ahead !== null) return this.#ahead.begin(run);
    const at = this.#queue?.begin() ?? systemClock.now();
    if (this.#queue?.tellsStart !== false) this.#role.post({ type: 'started', run: run.number, at });
  }

  #call(run: Run, fn: Definition['fn'], taken: TakenArgs): void {
    try {
      const args = this.#unpack(run, taken);
      const result: unknown = fn(...args);
      if (!isThenable(result)) return this.#complete(run, result);
      if (run.children > 0) this.post({ type: 'returned', run: run.number });
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
  #unpack(run: Run, args: TakenArgs): readonly unknown[] {
    if (typeof args === 'string') return args === '' ? [] : (fromExactText(args) as unknown[]);
    try {
      return orCloneError('args', () => unpack(args)) as readonly unknown[];
    } catch (error) {
      throw aboutTask(error, run);
    }
  }

  #complete(run: Run, result: unknown): void {
    if (run.hasEnded) return;
    if ((this.#queue ?? this.#ahead)?.complete(run, result)) return this.#leave(run);
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
    const hasOutput = outputLength() > 0;
    const post = (): void => this.post({ type: 'ended', run: run.number, outcome, hasOutput });
    if (this.#queue === null) post();
    else this.#queue.send(run.number, post);
    if (hasOutput) process.stdout.write('', () => process.stderr.write('', () => this.post({ type: 'flushed' })));
    this.#leave(run);
  }

  /** What the run has come to is on its way. */
  #leave(run: Run): void {
    run.hasEnded = true;
    this.#runs.delete(run);
    if (run.hasBegun) this.#role.running -= 1;
    this.#exitIfRetired();
    this.#queue?.puller.resume();
    this.#ahead?.resume();
  }

  #exitIfRetired(): void {
    if (this.#isRetiring && (!this.#isAtWork || this.#role.aloop !== null)) void this.#retire();
  }

  /** Of a task: nobody knows what else it broke, so the thread ends. Of a module: one warning. */
  #uncaught(error: unknown): void {
    if (endsEvaluation(error)) return;
    const guilty = contexts.getStore()?.runner;
    if (guilty instanceof Run) {
      this.post({ type: 'uncaught', run: guilty.number, error: encodeError(toError(error, guilty)) });
    } else
      this.post({
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

  /** Not for what is told of a run ahead of its end, and means nothing after it: that may be overtaken. */
  post(frame: FromMember): void {
    if (this.#runs.latest !== null) this.#runs.latest.hasSent = true;
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
