/** Threads and processes in place of real ones: a test decides when they continue. The clock of the library is stopped. */
import { systemClock } from '../../../src/common/clock.ts';
import type { Channel, ChannelEvents, MemberStart } from '../../../src/pool/channels/channel.ts';
import { readPrefetched, type PrefetchedRun } from '../../../src/pool/channels/lines.ts';
import { PROCESSES } from '../../../src/pool/channels/process.ts';
import { RunClaims } from '../../../src/pool/channels/run-claims.ts';
import { SentClaims } from '../../../src/pool/channels/sent-claims.ts';
import { THREADS } from '../../../src/pool/channels/thread.ts';
import type { FromMember, MemberFrame, ToMember } from '../../../src/pool/frames/frames.ts';
import { openRunQueue, writeKind, SENT, tellsStart, type RunQueue } from '../../../src/pool/run-queue/memory.ts';
import { arrive, begin, end, isThere, newTaker, takeStep, type Taker } from '../../../src/pool/run-queue/taker.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { decodeError, encodeError } from '../../../src/wire/errors.ts';

type Sent = Extract<ToMember, { type: 'run' }>;

/** What a member does with a run, one step after the other, in the order of pool/thread/serve.ts. */
export abstract class SteppedMember implements Channel {
  readonly id: number;
  /** How often the function of each run was called. */
  calls = 0;
  isTerminated = false;
  protected readonly inbox: ToMember[] = [];
  protected run = 0;
  #outbox: FromMember[] = [];
  readonly #events: ChannelEvents;
  readonly #world: World;

  constructor(world: World, _start: MemberStart, events: ChannelEvents) {
    this.#world = world;
    this.#events = events;
    this.id = world.members.push(this);
  }

  /** Does the next step; false if there is none. */
  abstract step(): boolean;
  protected abstract decide(run: number): boolean | null;

  post(frame: ToMember): void {
    this.#world.point();
    this.received(frame);
  }

  postUrgent(frame: ToMember): void {
    this.post(frame);
  }

  protected received(frame: ToMember): void {
    this.inbox.push(frame);
  }

  protected tell(frame: FromMember): void {
    this.#outbox.push(frame);
  }

  revoke(run: number): boolean | null {
    this.#world.point();
    return this.decide(run);
  }

  /** Reads all frames that have been sent, wherever they are. */
  read(): void {
    for (const frame of this.#outbox.splice(0)) this.#events.frame(frame as MemberFrame);
  }

  readArrived(): void {
    this.#world.point();
    this.read();
    this.#world.point();
  }

  terminate(): void {
    this.#world.point(); // it continues until it has exited
    this.isTerminated = true;
  }

  close(): void {
    // it has exited
  }

  ready(): void {
    this.#events.frame({ type: 'ready' });
  }

  exit(): void {
    this.read();
    this.#world.members[this.id - 1] = null;
    this.#events.exited({ code: null, signal: null, stderr: null, reason: '' });
  }

  protected get stopReason(): Error | null {
    const stop = this.inbox.find((frame) => frame.type === 'stop' && frame.run === this.run);
    return stop === undefined ? null : decodeError((stop as Extract<ToMember, { type: 'stop' }>).reason);
  }

  /** Tells that the run begins, and calls its function, which does not end. */
  protected call(isTold: boolean): null {
    if (isTold) this.tell({ type: 'started', run: this.run, at: systemClock.now() });
    this.calls += 1;
    return null;
  }

  protected endUnbegun(): void {
    const { stopReason } = this;
    const error = encodeError(stopReason ?? new Error('it may not begin'));
    this.tell({
      type: 'ended',
      run: this.run,
      outcome: { kind: 'failed', error },
      hasOutput: false,
      mayRunElsewhere: stopReason === null,
      ms: null,
    });
  }
}

type Step = () => Step | null;

/** One that does a step after the other, from taking its task on. */
abstract class SteppingMember extends SteppedMember {
  #next: Step | null = () => this.take();

  protected abstract take(): Step | null;

  step(): boolean {
    if (this.#next === null) return false;
    this.#next = this.#next();
    return true;
  }

  /** Takes the task that was sent to it, and continues with this step unless the task has to stop. */
  protected takeSent(next: Step): Step | null {
    const sent = this.inbox.find((frame): frame is Sent => frame.type === 'run');
    if (sent === undefined) return () => this.take();
    this.run = sent.run;
    if (this.stopReason === null) return next;
    this.endUnbegun();
    return null;
  }
}

/** A thread that is sent its tasks, one at a time or many. */
export class SentThread extends SteppingMember {
  /** Whether a run loads its module first. */
  loads = false;
  readonly #claims = new RunClaims();
  readonly #own: SentClaims;

  constructor(...args: ConstructorParameters<typeof SteppedMember>) {
    super(...args);
    this.#own = new SentClaims((block, memory) => this.#claims.name(block, memory));
  }

  protected override received(frame: ToMember): void {
    if (frame.type === 'run') this.#own.open(frame.run);
    super.received(frame);
  }

  protected override decide(run: number): boolean {
    return this.#own.revoke(run);
  }

  protected override take(): Step | null {
    return this.takeSent(() => this.#claim());
  }

  #claim(): Step | null {
    if (this.#claims.begin(this.run)) return () => this.call(true);
    this.endUnbegun();
    return null;
  }
}

/** A thread that takes its tasks from the run queue. */
export class TakingThread extends SteppingMember {
  readonly #queue: RunQueue;
  readonly #taker: Taker;

  constructor(...args: ConstructorParameters<typeof SteppedMember>) {
    super(...args);
    const { access: seat } = args[1];
    this.#queue = openRunQueue(seat!.memory);
    this.#taker = newTaker(seat!.seat);
  }

  override ready(): void {
    arrive(this.#queue, this.#taker.seat);
    super.ready();
  }

  protected override decide(): never {
    throw new Error('its runs are claimed in the run queue');
  }

  /** All up to the claim, in one step. */
  protected override take(): Step | null {
    while (!this.#taker.hasClaimed && !isThere(this.#taker)) takeStep(this.#queue, this.#taker);
    return this.#taker.hasClaimed ? () => this.#own() : null;
  }

  #own(): Step | null {
    while (!isThere(this.#taker)) takeStep(this.#queue, this.#taker);
    this.run = this.#taker.run;
    return this.stopReason === null ? () => this.#begin() : this.#end();
  }

  #begin(): Step | null {
    if (!begin(this.#queue, this.#taker, systemClock.now())) return this.#end();
    return () => this.call(tellsStart(this.#queue, this.run));
  }

  #end(): null {
    writeKind(this.#queue, this.run, SENT);
    end(this.#queue, this.#taker);
    this.endUnbegun();
    return null;
  }
}

/** A process: its frames are read when the event loop handles them, or when the process has exited. */
export class SteppedProcess extends SteppingMember {
  protected override decide(): null {
    return null;
  }

  override readArrived(): void {
    // the event loop does so
  }

  protected override take(): Step | null {
    return this.takeSent(() => this.call(true));
  }
}

/** A process with a prefetched task: its main thread, and its watchdog, which takes the task back. */
export class AheadProcess extends SteppedMember {
  /** Whether a task has been prefetched to it. */
  get isAhead(): boolean {
    return this.inbox.some(({ type }) => type === 'prefetch');
  }

  readonly #claims = new Set<number>();

  protected override received(frame: ToMember): void {
    super.received(frame);
    if (frame.type !== 'run') return;
    this.run = frame.run;
    this.tell({ type: 'started', run: frame.run, at: systemClock.now() });
  }

  protected override decide(): null {
    return null;
  }

  override readArrived(): void {
    // the event loop does so
  }

  /** The task that it is at ends. */
  finish(): void {
    this.tell({ type: 'done', run: this.run, ms: 0.1, result: '' });
    this.run = 0;
  }

  /** Ends the task at hand, then begins the prefetched one unless that has been taken back. */
  step(): boolean {
    if (this.run !== 0) this.finish();
    else {
      const prefetch = this.inbox.find(({ type }) => type === 'prefetch') as Extract<ToMember, { type: 'prefetch' }>;
      [{ run: this.run }] = readPrefetched(prefetch.runs, prefetch.others) as [PrefetchedRun];
      if (this.#claim()) this.call(true);
    }
    return true;
  }

  takeBack(): void {
    const asked = this.inbox.find(({ type }) => type === 'takeBack') as Extract<ToMember, { type: 'takeBack' }>;
    if (asked === undefined || this.#claims.has(asked.first)) return;
    this.#claims.add(asked.first);
    this.tell({ type: 'givenBack', run: asked.first });
  }

  #claim(): boolean {
    if (this.#claims.has(this.run)) return false;
    this.#claims.add(this.run);
    return true;
  }
}

/** A program in which members go on only at the points where the schedule says so. */
export class World {
  readonly clock = new ManualClock();
  readonly members: (SteppedMember | null)[] = [];
  isOpen = false;
  /** How many points there were. */
  points = 0;
  readonly #schedule: number[];
  /** What happens besides at a point. */
  also: (at: number) => void = () => {};

  /** @param schedule the points at which the first member does its steps, in order */
  constructor(schedule: readonly number[]) {
    this.#schedule = [...schedule];
    this.clock.advance('1s'); // the queue of runs takes 0 for no time
  }

  /** The first member may go on here, once it matters. */
  point(): void {
    if (!this.isOpen) return;
    const at = this.points++;
    while (this.#schedule[0] === at) {
      this.#schedule.shift();
      this.members[0]?.step();
    }
    this.also(at);
  }
}

/** Lets the library make members of this world, on its clock, as long as `body` takes. */
export async function inWorld(
  world: World,
  make: (world: World, start: MemberStart, events: ChannelEvents) => SteppedMember,
  body: () => Promise<void>,
): Promise<void> {
  const originals = [systemClock, THREADS, PROCESSES].map((object) => [object, { ...object }] as const);
  const { clock } = world;
  const open = (start: MemberStart, events: ChannelEvents): Channel => make(world, start, events);
  Object.assign(systemClock, {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (ms: number, callback: () => void) => clock.after(ms, callback),
  });
  THREADS.open = open;
  PROCESSES.open = open;
  try {
    await body();
  } finally {
    for (const [object, original] of originals) Object.assign(object, original);
  }
}

/** All ways to put so many steps at these points, in order; some of them may be left out at the end. */
export function* schedules(points: number, steps: number, from = 0): Generator<readonly number[]> {
  yield [];
  if (steps === 0) return;
  for (let at = from; at < points; at += 1) {
    for (const rest of schedules(points, steps - 1, at)) yield [at, ...rest];
  }
}
