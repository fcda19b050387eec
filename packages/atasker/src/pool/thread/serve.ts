/**
 * A pool thread at work; pool/member/member.ts is the other end. The pool sends one `run` at a time, or any number to
 * an aloop, or the thread takes runs from the run queue (pull.ts). The thread loads the module, calls the function and
 * reports its end. `stop`, news of children and `retire` may come at any time. Nothing here starts by itself.
 */
import { noContext, systemClock } from '../../common/clock.ts';
import { aboutTask, TaskError } from '../../common/errors.ts';
import { isThenable } from '../../common/thenable.ts';
import { setPoolThreadHost } from '../../define/host.ts';
import type { Definition } from '../../define/registry.ts';
import { disposeThreadLocals } from '../../locals/thread-local.ts';
import { apply, promiseThen } from '../../platform/methods.ts';
import { isProcessBroken, runInScope, setImmediate } from '../../platform/node.ts';
import { Atomics, Error, Int32Array, isLanguageBroken, Promise } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import { contexts } from '../../task/context.ts';
import { decodeError, encodeError, toError } from '../../wire/errors.ts';
import { fromExactText } from '../../wire/exact-text.ts';
import type { FromMember, RunFrame, TakenArgs, ToMember, WireOutcome } from '../../wire/frames.ts';
import type { WireValue } from '../../wire/marks.ts';
import { encodeOutcome } from '../../wire/outcome.ts';
import { orCloneError, unpack } from '../../wire/values.ts';
import { STOPPED_RUN, URGENT } from '../channels/boot/claims.ts';
import type { PrefetchedRun } from '../channels/lines.ts';
import type { PoolMembership, Role } from '../channels/role.ts';
import { RunClaims } from '../channels/run-claims.ts';
import { MemberHost, type HostRole } from '../conversations/children/thread-end.ts';
import { LoadTurn } from '../conversations/loading/thread-end.ts';
import { outputLength, takeOutput, whenFlushed } from '../conversations/output/thread-end.ts';
import { Run, type RunHead, type RunPort } from '../conversations/run/thread-end.ts';
import { explainFailure } from './explain-failure.ts';
import { watchHeap } from './heap-watch.ts';
import { isShortage } from './load-errors.ts';
import { exitThread, ModuleLoader } from './load.ts';
import { NamedDefinitions } from './named-definitions.ts';
import { PrefetchedWork, type PrefetchedWorkHost } from './prefetched-work.ts';
import { QueueWork, type QueueHost } from './queue-work.ts';
import { Runs } from './runs.ts';
import { watchUncaught } from './uncaught.ts';

/** Takes over a thread that a pool has started; returns at once. */
export function servePool(role: Role): void {
  new PoolServer(role).open();
}

/** Makes a second copy of the library in a pool thread harmless: its task functions start nothing here. */
export function standAside(role: PoolMembership): void {
  const { kind, concurrency, aloop } = role;
  const host: HostRole = {
    kind,
    concurrency,
    aloop,
    stopFlag: new Int32Array(0),
    get running() {
      return role.running;
    },
  };
  setPoolThreadHost(new MemberHost(host, ignore, ignore));
}

type StopFrame = Extract<ToMember, { type: 'stop' }>;

class PoolServer implements RunPort, QueueHost, PrefetchedWorkHost {
  readonly #role: Role;
  readonly #loader: ModuleLoader;
  readonly #turn: LoadTurn;
  readonly #host: MemberHost;
  readonly #definitions: NamedDefinitions;
  readonly #runs = new Runs();
  #isRetiring = false;
  /** The last request to stop a run that is not here. The run may come later. */
  #earlyStop: StopFrame | null = null;
  readonly #queue: QueueWork | null;
  readonly #prefetch: PrefetchedWork | null;
  /** The claims of the runs that a thread is sent; null where runs are claimed in another way, or cannot be claimed. */
  readonly #claims: RunClaims | null;
  /** How many urgent frames had come when frames were read last. */
  #urgentRead = 0;
  /** Whether this member takes no task until the pool says so: a load failed, or a task broke built-ins. */
  #isHeld = false;
  /** Whether frames are being read in the middle of other code. */
  #isReading = false;

  constructor(role: Role) {
    this.#role = role;
    this.#definitions = new NamedDefinitions(role);
    this.#queue = role.queue === null ? null : new QueueWork(role.queue, this);
    this.#prefetch = role.lines === null ? null : new PrefetchedWork(role.lines, this);
    this.#claims = role.kind === 'thread' && role.queue === null ? new RunClaims() : null;
    this.#host = new MemberHost(
      role,
      (frame) => this.post(frame),
      () => this.readArrived(),
    );
    this.#turn = new LoadTurn(role.loadSeat ?? null, role.post);
    this.#loader = new ModuleLoader(role, this.#turn, {
      registered: ({ name, address }) => this.#role.post({ type: 'registered', name, line: address?.line ?? 0 }),
      exitTooLate: (run, error) => this.post({ type: 'uncaught', run, error: encodeError(error) }),
      warning: (module, text) => this.#role.post({ type: 'warning', module, text }),
    });
  }

  open(): void {
    this.#role.isAttached = true;
    setPoolThreadHost(this.#host);
    takeOutput();
    watchUncaught(this.#role, this.#runs, (frame) => this.post(frame));
    watchHeap(() => this.#role.post({ type: 'heapFull' }));
    this.#role.listen((frame) => this.#handle(frame as ToMember));
    this.#turn.started();
    this.post({ type: 'ready' });
    this.#loader.preload(this.#role.preload);
    this.#queue?.puller.open();
  }

  /** Whether this member must take no task now. */
  get isBusy(): boolean {
    return this.#isAtWork || this.#isRetiring || this.#isHeld || this.#queue?.isTooOld === true;
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
      case 'prefetch':
        return this.#prefetch!.add(frame.idPrefix, frame.runs);
      case 'define':
        return this.#definitions.add(frame);
      case 'chunk':
        return this.#queue!.named(frame.chunk, frame.memory);
      case 'claims':
        return this.#claims!.name(frame.block, frame.memory);
      case 'offer':
        return this.#queue!.offered(frame);
      case 'takeBack':
        return; // the watchdog has taken the runs back
      case 'drop':
        return this.#queue!.drop();
      case 'stop':
        return this.#stop(frame);
      case 'mayLoad':
        return this.#turn.granted();
      case 'ask':
        return void runInScope(noContext, () => setImmediate(() => this.post({ type: 'answer' })));
      case 'childStarted':
      case 'childProgress':
      case 'childEnded':
        return this.#host.handle(frame);
      case 'progressRead':
        return this.#runs.find(frame.run)?.progressRead();
      case 'lockGranted':
      case 'lockHeld':
        return this.#host.locks.handle(frame);
      case 'goOn':
        return this.#goOn();
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
    this.#startHead(frame, this.#definitions.ofRun(frame), frame.args);
  }

  startPrefetched({ run, definition, sequence, priority, args }: PrefetchedRun, idPrefix: string): void {
    const address = this.#definitions.find(definition)!;
    this.#startHead({ run, id: idPrefix + sequence, name: address.name, priority }, address, args);
  }

  #startHead(head: RunHead, address: Address, args: TakenArgs): void {
    const run = new Run(head, address, this);
    if (this.#role.aloop === null || !this.#isReading) return this.start(run, args);
    this.#add(run); // later frames must find the run; it begins when the code that reads frames is done
    runInScope(noContext, () => setImmediate(() => this.#find(run, args)));
  }

  #stop({ run: number, reason }: StopFrame): void {
    const run = this.#runs.find(number);
    if (run === null) this.#earlyStop = { type: 'stop', run: number, reason };
    else {
      run.stop(decodeError(reason));
      if (this.#turn.isWaiting && !run.hasBegun) this.#end(run, failed(run.stopReason)); // the run waits for its module
    }
  }

  /** The address of the definition with that number. The frame that names it was sent before the number was used. */
  address(definition: number): Address {
    if (this.#definitions.find(definition) === undefined) this.readArrived();
    return this.#definitions.find(definition)!;
  }

  isTooOldFor(address: Address): boolean {
    return this.#definitions.isTooOldFor(address);
  }

  start(run: Run, args: TakenArgs): void {
    this.#add(run);
    this.#find(run, args);
  }

  #add(run: Run): void {
    this.#runs.add(run);
    if (this.#earlyStop?.run === run.number) run.stop(decodeError(this.#earlyStop.reason));
  }

  #find(run: Run, args: TakenArgs): void {
    try {
      const loading = (waits: boolean): void => this.#role.post({ type: 'loading', run: run.number, waits });
      const found = this.#loader.find(run.address, this.#definitions.mainLastOrdinal, loading);
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

  /** Ends a run without its definition. The next task here might fail in the same way; others could run it. */
  #endUnfound(run: Run, error: unknown): void {
    this.#takeNoMore(run.address.module);
    this.#end(run, failed(aboutTask(error, run)), isShortage(error));
  }

  /** Takes no more tasks if a task broke built-ins. Says so before the outcome, so that no task is sent here. */
  #holdIfBroken(): void {
    if (!this.#isHeld && (isLanguageBroken() || isProcessBroken())) this.#takeNoMore(null);
  }

  /** Lets the pool decide who goes on: after a module that cannot be loaded, or null: built-ins that are broken. */
  #takeNoMore(module: string | null): void {
    this.#isHeld = this.#queue !== null || this.#prefetch !== null;
    this.#role.post({ type: 'loadFailed', module });
  }

  #goOn(): void {
    this.#isHeld = false;
    this.#queue?.puller.schedule();
    this.#prefetch?.resume();
  }

  #begin(run: Run, { fn }: Definition, args: TakenArgs): void {
    if (run.hasEnded) return; // it was stopped while it waited for its module
    const { stopReason } = run;
    if (stopReason !== null) return this.#end(run, failed(stopReason));
    if (!this.#claimAndTell(run)) return this.#endUnclaimed(run);
    this.#role.running += 1;
    run.hasBegun = true;
    this.#runs.begun = run;
    contexts.run(run.context, () => this.#call(run, fn, args));
  }

  /** The run was called off, or somebody has overwritten the memory of its claim: then it may run elsewhere. */
  #endUnclaimed(run: Run): void {
    const { stopReason } = run;
    if (stopReason !== null) return this.#end(run, failed(stopReason));
    const fact = 'somebody has overwritten the memory that says whether it may begin';
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
      if (run.children > 0) this.post({ type: 'returned', run: run.number });
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
    if (typeof args === 'string') return args === '' ? [] : (fromExactText(args) as unknown[]);
    try {
      return orCloneError('args', () => unpack(args)) as readonly unknown[];
    } catch (error) {
      throw aboutTask(error, run);
    }
  }

  #complete(run: Run, result: unknown): void {
    if (run.hasEnded) return;
    this.#holdIfBroken();
    if ((this.#queue ?? this.#prefetch)?.complete(run, result)) return this.#leave(run);
    try {
      const outcome = encodeOutcome({ kind: 'completed', value: result }, this.#role.kind);
      orCloneError('result', () => this.#end(run, outcome));
    } catch (error) {
      this.#end(run, failed(aboutTask(error, run)));
    }
  }

  #end(run: Run, outcome: WireOutcome, mayRunElsewhere = false): void {
    if (run.hasEnded) return;
    this.#holdIfBroken();
    run.endProgress();
    const hasOutput = outputLength() > 0;
    const post = (): void => this.post({ type: 'ended', run: run.number, outcome, hasOutput, mayRunElsewhere });
    if (this.#queue === null) post();
    else this.#queue.send(run.number, post);
    if (hasOutput) whenFlushed(() => this.post({ type: 'flushed' }));
    this.#leave(run);
  }

  /** Removes a run whose outcome is on its way. */
  #leave(run: Run): void {
    run.hasEnded = true;
    this.#runs.delete(run);
    if (run.hasBegun) this.#role.running -= 1;
    this.#exitIfRetired();
    this.#queue?.puller.resume();
    this.#prefetch?.resume();
  }

  #exitIfRetired(): void {
    if (this.#isRetiring && (!this.#isAtWork || this.#role.aloop !== null)) void this.#retire();
  }

  #fail(run: Run, error: unknown): void {
    explainFailure(error, run.address, this.#role.main);
    try {
      this.#end(run, failed(toError(error, run)));
    } catch (problem) {
      this.#end(run, failed(new Error(`the error of ${run.name} cannot be sent: ${toError(problem).message}`)));
    }
  }

  /** Frames that mean nothing after the end of a run go through `role.post`: its outcome may overtake them. */
  post(frame: FromMember): void {
    if (this.#runs.latest !== null) this.#runs.latest.hasSent = true;
    this.#role.post(frame);
  }
}

const ignore = (): void => {};

function failed(error: unknown): WireOutcome {
  return { kind: 'failed', error: encodeError(error) };
}
