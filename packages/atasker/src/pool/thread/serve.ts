/**
 * A pool thread at work; pool/member/member.ts is the other end. The pool sends one `run` at a time, or any number to
 * an aloop, or the thread takes runs from the run queue (pull.ts). run-calls.ts loads the module, calls the function and
 * sends the outcome. `stop`, news of children and `retire` may come at any time. Nothing here starts by itself.
 */
import { noContext } from '../../common/clock.ts';
import { setPoolThreadHost } from '../../define/host.ts';
import { disposeThreadLocals } from '../../locals/thread-local.ts';
import { isProcessBroken, runInScope, setImmediate } from '../../platform/node.ts';
import { Atomics, Int32Array, isLanguageBroken } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import { decodeError, encodeError } from '../../wire/errors.ts';
import type { WireValue } from '../../wire/marks.ts';
import type { TakenArgs } from '../../wire/values.ts';
import { STOPPED_RUN, URGENT } from '../channels/boot/claims.ts';
import type { PrefetchedRun } from '../channels/lines.ts';
import type { PoolMembership, Role } from '../channels/role.ts';
import { RunClaims } from '../channels/run-claims.ts';
import { MemberHost, type HostRole } from '../conversations/children/thread-end.ts';
import { LoadTurn } from '../conversations/loading/thread-end.ts';
import { takeOutput } from '../conversations/output/thread-end.ts';
import { Run, type RunHead, type RunOwner } from '../conversations/run/thread-end.ts';
import type { FromMember, ToMember } from '../frames/frames.ts';
import type { RunFrame, StopFrame } from '../frames/run.ts';
import { watchHeap } from './heap-watch.ts';
import { exitThread, ModuleLoader } from './load.ts';
import { NamedDefinitions } from './named-definitions.ts';
import { PrefetchedWork, type PrefetchedWorkOwner } from './prefetched-work.ts';
import { QueueWork, type QueueWorkOwner } from './queue-work.ts';
import { RunCalls, type RunCallsOwner } from './run-calls.ts';
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

class PoolServer implements RunOwner, QueueWorkOwner, PrefetchedWorkOwner, RunCallsOwner {
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
  readonly #calls: RunCalls;
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
    const parts = { runs: this.#runs, queue: this.#queue, prefetch: this.#prefetch, claims: this.#claims };
    this.#calls = new RunCalls(role, { ...parts, loader: this.#loader }, this);
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
        return this.#prefetch!.add(frame);
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
    runInScope(noContext, () => setImmediate(() => this.#calls.start(run, args)));
  }

  #stop({ run: number, reason }: StopFrame): void {
    const run = this.#runs.find(number);
    if (run === null) this.#earlyStop = { type: 'stop', run: number, reason };
    else {
      run.stop(decodeError(reason));
      if (this.#turn.isWaiting && !run.hasBegun) this.#calls.endStopped(run); // the run waits for its module
    }
  }

  /** The address of the definition with that number. The frame that names it was sent before the number was used. */
  address(definition: number): Address {
    if (this.#definitions.find(definition) === undefined) this.readArrived();
    return this.#definitions.find(definition)!;
  }

  get mainLastOrdinal(): number {
    return this.#definitions.mainLastOrdinal;
  }

  isTooOldFor(address: Address): boolean {
    return this.#definitions.isTooOldFor(address);
  }

  start(run: Run, args: TakenArgs): void {
    this.#add(run);
    this.#calls.start(run, args);
  }

  #add(run: Run): void {
    this.#runs.add(run);
    if (this.#earlyStop?.run === run.number) run.stop(decodeError(this.#earlyStop.reason));
  }

  /** Takes no more tasks if a task broke built-ins. Says so before the outcome, so that no task is sent here. */
  holdIfBroken(): void {
    if (!this.#isHeld && (isLanguageBroken() || isProcessBroken())) this.takeNoMore(null);
  }

  /** Lets the pool decide who goes on: after a module that cannot be loaded, or null: built-ins that are broken. */
  takeNoMore(module: string | null): void {
    this.#isHeld = this.#queue !== null || this.#prefetch !== null;
    this.#role.post({ type: 'loadFailed', module });
  }

  #goOn(): void {
    this.#isHeld = false;
    this.#queue?.puller.schedule();
    this.#prefetch?.resume();
  }

  /** The outcome of a run is on its way. */
  left(): void {
    this.#exitIfRetired();
    this.#queue?.puller.resume();
    this.#prefetch?.resume();
  }

  #exitIfRetired(): void {
    if (this.#isRetiring && (!this.#isAtWork || this.#role.aloop !== null)) void this.#retire();
  }

  /** Frames that mean nothing after the end of a run go through `role.post`: its outcome may overtake them. */
  post(frame: FromMember): void {
    if (this.#runs.latest !== null) this.#runs.latest.hasSent = true;
    this.#role.post(frame);
  }
}

const ignore = (): void => {};
