import type { Channel, ChannelEvents, MemberStart } from '../../src/pool/channels/channel.ts';
import type { FromMember, MemberFrame, ToMember } from '../../src/pool/frames/frames.ts';
import { encodeError } from '../../src/wire/errors.ts';
import type { TakenArgs } from '../../src/wire/values.ts';
import type { SimulatedClock } from './clock.ts';
import type { Random } from './random.ts';
import type { Watch } from './watch.ts';

/** What is around a member. */
export interface Surroundings {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly watch: Watch;
  newId(): number;
  gone(member: SimulatedMember): void;
  /** Whether the task that is about to end calls a child first. */
  callsChild(): boolean;
  /** The call of a child by this run of a task. */
  childFrame(id: string, run: number, child: number): FromMember;
}

/** What a simulated member does next, and when it is done. */
export type Step = () => Step | null;

/** A thread or process of the simulated program: it does one small step whenever the scheduler says so. */
export abstract class SimulatedMember implements Channel {
  readonly id: number;
  protected readonly world: Surroundings;
  protected readonly inbox: ToMember[] = [];
  /** The task whose function runs; null if none does. */
  protected current: string | null = null;
  protected isRetiring = false;
  readonly #outbox: FromMember[] = [];
  readonly #events: ChannelEvents;
  #isEnding = false;
  #next: Step | null;
  #stepsLeft = 0;
  /** What goes on when the child has ended that the current task waits for. */
  #afterChild: Step | null = null;
  #children = 0;
  readonly #stopped = new Set<number>();
  readonly #endedChildren = new Set<number>();

  constructor(world: Surroundings, _start: MemberStart, events: ChannelEvents) {
    this.world = world;
    this.#events = events;
    this.id = world.newId();
    this.#next = () => this.start();
  }

  /** The member is ready: what it does first. */
  protected abstract start(): Step | null;
  /** What it does once it has read a frame, or was woken; null if it has nothing to do. */
  protected abstract goOn(): Step | null;
  protected abstract get isWoken(): boolean;
  abstract revoke(run: number): boolean | null;
  /** The tasks that it has taken and not begun. */
  protected abstract held(): readonly string[];
  /** Whether it is ready, and has nothing to do. */
  abstract get isIdle(): boolean;

  /** Whether the event loop reads all that it has told before any timer calls back, because it comes through a pipe. */
  get isReadFirst(): boolean {
    return false;
  }

  /** Whether a part of it that nothing holds up has something to do: the watchdog of a process. */
  get canWatch(): boolean {
    return false;
  }

  /** That part does a step. */
  watch(): void {
    // a thread has none
  }

  post(frame: ToMember): void {
    this.inbox.push(frame);
    if (frame.type !== 'run') return;
    const { watch } = this.world;
    watch.hasRoom(frame.priority, frame.id);
    watch.taken(frame.id, watch.step);
  }

  postUrgent(frame: ToMember): void {
    this.post(frame);
  }

  /** Whether it can do a step. */
  get canStep(): boolean {
    if (this.#isEnding) return false;
    return this.#next !== null || this.inbox.length > 0 || (!this.isSuspended && this.isWoken);
  }

  /** Whether the current task waits for a child. */
  get isSuspended(): boolean {
    return this.#afterChild !== null;
  }

  get canDeliver(): boolean {
    return this.#outbox.length > 0;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  step(): void {
    this.#next = (this.#next ?? this.#afterChild ?? (() => this.goOn()))();
  }

  /** One frame reaches the program. */
  deliver(): void {
    const frame = this.#outbox.shift();
    if (frame === undefined) return;
    this.#hears(frame);
    this.#events.frame(frame as MemberFrame);
  }

  /** The program is about to read this frame. */
  #hears(frame: FromMember): void {
    if (frame.type === 'started') this.world.watch.heard(this.idOf(frame.run));
    const isBack = frame.type === 'givenBack' || (frame.type === 'ended' && frame.mayRunElsewhere);
    if (isBack) this.world.watch.cameBack(this.idOf(frame.run));
  }

  /** The id of the task of a run that this member has or had. */
  protected abstract idOf(run: number): string;

  readArrived(): void {
    this.deliverAll();
  }

  deliverAll(): void {
    while (this.canDeliver) this.deliver();
  }

  terminate(): void {
    this.#isEnding = true;
  }

  close(): void {
    // it has exited
  }

  /** The member has ended: the program hears of it after all that the member has told. */
  exit(): void {
    this.#isEnding = true;
    this.world.gone(this);
    this.deliverAll();
    for (const id of this.held()) this.world.watch.cameBack(id);
    if (this.current !== null) this.world.watch.left(this.current);
    this.#events.exited({ code: 1, signal: null, stderr: null, reason: '' });
  }

  protected tell(frame: FromMember): void {
    this.#outbox.push(frame);
  }

  /** Runs a function for some steps, and then ends it. */
  protected runs(id: string, run: number, args: TakenArgs | null, end: () => Step | null): Step {
    this.world.watch.began(id, args);
    this.current = id;
    this.#stepsLeft = this.world.random.below(4);
    const finish = (): Step | null => {
      this.world.watch.left(id);
      this.current = null;
      return end();
    };
    const step = (): Step | null => {
      this.#stepsLeft -= 1;
      if (this.#stepsLeft >= 0) return step;
      return this.world.callsChild() ? this.#callChild(id, run, finish) : finish();
    };
    return step;
  }

  /** Calls a child and waits for its end, as an async function does. */
  #callChild(id: string, run: number, finish: Step): Step {
    this.#children += 1;
    const child = this.#children;
    this.tell(this.world.childFrame(id, run, child));
    this.tell({ type: 'returned', run });
    this.tell({ type: 'observed', child, waits: true });
    this.world.watch.left(id); // its slot is free while it waits
    const waits = (): Step | null => {
      this.receive();
      if (!this.#endedChildren.has(child) && !this.isStopped(run)) return null;
      this.#afterChild = null;
      return finish;
    };
    this.#afterChild = waits;
    return waits;
  }

  /** The result of a task is its number. */
  protected resultOf(id: string): number {
    return Number(id.slice(this.world.watch.idPrefix.length));
  }

  protected tellResult(run: number, value: number): void {
    const outcome = { kind: 'completed', value, marks: [] } as const;
    this.tell({ type: 'ended', run, outcome, hasOutput: false, mayRunElsewhere: false, ms: null });
  }

  protected tellError(run: number, error: Error, mayRunElsewhere: boolean): void {
    const outcome = { kind: 'failed', error: encodeError(error) } as const;
    this.tell({ type: 'ended', run, outcome, hasOutput: false, mayRunElsewhere, ms: null });
  }

  protected isStopped(run: number): boolean {
    return this.#stopped.has(run) || this.inbox.some((frame) => frame.type === 'stop' && frame.run === run);
  }

  /** Reads the frames that have come. */
  protected receive(): void {
    for (const frame of this.inbox.splice(0)) {
      if (frame.type === 'retire') this.isRetiring = true;
      else if (frame.type === 'stop') this.#stopped.add(frame.run);
      else if (frame.type === 'childEnded') this.#endedChildren.add(frame.child);
      else if (frame.type === 'ask') this.tell({ type: 'answer' });
      else this.read(frame);
    }
  }

  protected read(_frame: ToMember): void {
    // nothing else matters here
  }

  /** The member leaves by itself. */
  protected leave(): null {
    this.#isEnding = true;
    return null;
  }
}
