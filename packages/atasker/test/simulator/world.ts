import { systemClock } from '../../src/common/clock.ts';
import type { Channel } from '../../src/pool/channels/channel.ts';
import type { FromMember } from '../../src/pool/frames/frames.ts';
import { PROCESSES } from '../../src/pool/channels/process.ts';
import { THREADS } from '../../src/pool/channels/thread.ts';
import type { TaskHandle } from '../../src/task/task.ts';
import { SimulatedClock } from './clock.ts';
import type { SimulatedMember, Surroundings } from './members.ts';
import type { Random } from './random.ts';
import { SentThread, SimulatedProcess } from './sent-members.ts';
import { TakingThread } from './taking-thread.ts';
import { clearTurns, immediates, woken } from './turns.ts';
import type { Watch } from './watch.ts';

/** One thing that may happen next, and how likely it is beside the others. */
export interface Choice {
  readonly weight: number;
  readonly happen: () => void;
}

/** The threads and processes of the simulated program, its event loop and its clock. */
export class World implements Surroundings {
  readonly clock = new SimulatedClock();
  readonly random: Random;
  readonly watch: Watch;
  readonly #maxSize: number;
  #members: SimulatedMember[] = [];
  /** Until which step a member does nothing. */
  readonly #stalled = new Map<SimulatedMember, number>();
  #ids = 0;
  #blockedUntil = 0;
  readonly #childChance: number;
  #sample: TaskHandle | null = null;

  constructor(random: Random, watch: Watch, maxSize: number) {
    this.random = random;
    this.watch = watch;
    this.#maxSize = maxSize;
    this.#childChance = random.of([0, 0, 0.1, 0.4]);
  }

  get members(): readonly SimulatedMember[] {
    return this.#members;
  }

  newId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  gone(member: SimulatedMember): void {
    this.#members = this.#members.filter((other) => other !== member);
    this.#stalled.delete(member);
  }

  stall(member: SimulatedMember, steps: number): void {
    this.#stalled.set(member, this.watch.step + steps);
  }

  /** The event loop of the program stands still for so many steps, while its members go on. */
  block(steps: number): void {
    this.#blockedUntil = this.watch.step + steps;
  }

  get isBlocked(): boolean {
    return this.#blockedUntil > this.watch.step;
  }

  /** Nobody stands still any more. */
  wakeAll(): void {
    this.#stalled.clear();
    this.#blockedUntil = 0;
  }

  callsChild(): boolean {
    return this.random.happens(this.#childChance);
  }

  childFrame(run: number, child: number): FromMember {
    const delayMs = this.random.of([0, 0, 0, 30]);
    const sequence = this.watch.callChild(this.clock.now() + delayMs);
    const { target, spec } = this.#sample!;
    return {
      type: 'child',
      run,
      child,
      idPrefix: this.watch.idPrefix,
      sequence,
      address: target.address!,
      spec: { ...spec, priority: 'normal', delayMs, callback: null, signal: null },
      args: { value: [1], marks: [] },
    };
  }

  /** A task of the program, as a model for the children of others. */
  set sample(task: TaskHandle) {
    this.#sample ??= task;
  }

  /** What members and the event loop may do next. */
  choices(): Choice[] {
    const choices: Choice[] = [];
    for (const member of this.#members) {
      const isStalled = (this.#stalled.get(member) ?? 0) > this.watch.step;
      if (member.canStep && !isStalled) choices.push({ weight: 4, happen: () => member.step() });
      if (this.isBlocked) continue;
      if (member.canDeliver) choices.push({ weight: 2, happen: () => member.deliver() });
      if (member.isEnding) choices.push({ weight: 1, happen: () => member.exit() });
    }
    if (this.isBlocked) return choices;
    if (immediates.length > 0) choices.push({ weight: 3, happen: turn });
    if (woken.length > 0) choices.push({ weight: 2, happen: () => woken.shift()!() });
    return choices;
  }

  get isStalled(): boolean {
    return [...this.#stalled.values()].some((until) => until > this.watch.step);
  }

  /** Lets the library make members of this world, on its clock, as long as `body` takes. */
  async within(isShared: boolean, body: () => Promise<void>): Promise<void> {
    const originals = [systemClock, THREADS, PROCESSES].map((object) => [object, { ...object }] as const);
    const { clock } = this;
    Object.assign(systemClock, {
      now: () => clock.now(),
      date: () => clock.date(),
      after: (ms: number, callback: () => void) => clock.after(ms, callback),
    });
    const Thread = isShared ? TakingThread : SentThread;
    THREADS.open = (start, events) => this.#open(new Thread(this, start, events));
    PROCESSES.open = (start, events) => this.#open(new SimulatedProcess(this, start, events));
    clearTurns();
    try {
      await body();
    } finally {
      for (const [object, original] of originals) Object.assign(object, original);
    }
  }

  #open(member: SimulatedMember): Channel {
    this.#members.push(member);
    if (this.#members.length > this.#maxSize && !this.watch.childWaits(this.clock.now()))
      this.watch.violate(`${this.#members.length} members live, and maxSize is ${this.#maxSize}`);
    return member;
  }
}

/** One turn of the event loop: everything that was asked for before it. */
function turn(): void {
  for (const callback of immediates.splice(0)) callback();
}
