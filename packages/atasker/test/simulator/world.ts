import { systemClock } from '../../src/common/clock.ts';
import { PROCESSES } from '../../src/pool/channels/process.ts';
import { THREADS } from '../../src/pool/channels/thread.ts';
import type { Channel } from '../../src/pool/channels/channel.ts';
import type { ChildFrame } from '../../src/pool/frames/children.ts';
import { Arena, type Block } from '../../src/pool/run-queue/arena.ts';
import type { TaskHandle } from '../../src/task/task.ts';
import { SimulatedClock } from './clock.ts';
import type { SimulatedMember, Surroundings } from './members.ts';
import { scheduleRandom, type Plan } from './plan.ts';
import type { Random } from './random.ts';
import { SentThread, SimulatedProcess } from './sent-members.ts';
import { ID, type Setting } from './setting.ts';
import { TakingThread } from './taking-thread.ts';
import { clearTurns, immediates, intervals, woken } from './turns.ts';
import { Watch } from './watch.ts';

/** One thing that may happen next, and how likely it is beside the others. */
export interface Choice {
  readonly weight: number;
  readonly name: string;
  /** The member that does it; null if none does. */
  readonly member: SimulatedMember | null;
  readonly happen: () => void;
}

/** The methods of an arena that hand out blocks of shared memory. */
interface BlockSource {
  take: (this: Arena, size: number) => Block | null;
  free: (this: Arena, block: Block) => void;
}

/** The threads and processes of the simulated program, its event loop and its clock. */
export class World implements Surroundings {
  readonly clock = new SimulatedClock();
  readonly random: Random;
  readonly watch: Watch;
  maxSize: number;
  readonly #childChance: number;
  #members: SimulatedMember[] = [];
  /** Until which step a member does nothing. */
  readonly #stalled = new Map<SimulatedMember, number>();
  #ids = 0;
  #blockedUntil = 0;
  #sample: TaskHandle | null = null;
  /** How many blocks of shared memory are in use. */
  #blocks = 0;

  constructor(plan: Plan, setting: Setting) {
    this.random = scheduleRandom(plan);
    this.watch = new Watch(`${ID}-`, setting, () => this.clock.now());
    this.maxSize = setting.limits.maxSize;
    this.#childChance = setting.childChance;
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

  childFrame(id: string, run: number, child: number): ChildFrame {
    const delayMs = this.random.of([0, 0, 0, 30]);
    const sequence = this.watch.callChild(id);
    const { target, spec: model } = this.#sample!;
    const none = { callback: null, signal: null, timeoutMs: null, queueTimeoutMs: null, deadline: null } as const;
    const spec = { ...model, ...none, priority: 'normal', delayMs } as const;
    const args = { value: [sequence], marks: [] };
    return { type: 'child', run, child, idPrefix: this.watch.idPrefix, sequence, address: target.address!, spec, args };
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
      if (member.canStep && !isStalled)
        choices.push({ weight: 4, name: 'goes on', member, happen: () => member.step() });
      if (member.canWatch) choices.push({ weight: 2, name: 'watches', member, happen: () => member.watch() });
      if (this.isBlocked) continue;
      if (member.canDeliver) choices.push({ weight: 2, name: 'is heard', member, happen: () => member.deliver() });
      if (member.isEnding) choices.push({ weight: 1, name: 'exits', member, happen: () => member.exit() });
    }
    if (this.isBlocked) return choices;
    const member = null;
    if (immediates.length > 0) choices.push({ weight: 3, name: 'a turn', member, happen: () => this.#turn() });
    if (woken.length > 0) choices.push({ weight: 2, name: 'a bell', member, happen: () => woken.shift()!() });
    return choices;
  }

  get isStalled(): boolean {
    return [...this.#stalled.values()].some((until) => until > this.watch.step);
  }

  /** What a supervisor has left behind; empty if nothing. */
  leftovers(): string[] {
    const counts = {
      members: this.#members.length,
      timers: this.clock.pending,
      'blocks of shared memory': this.#blocks,
      'intervals that keep the program alive': intervals.size,
    };
    return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  }

  /** Lets the library make members of this world, on its clock, as long as `body` takes. */
  async within(body: () => Promise<void>): Promise<void> {
    const replaced = [systemClock, THREADS, PROCESSES, Arena.prototype];
    const originals = replaced.map((object) => [object, Object.getOwnPropertyDescriptors(object)] as const);
    const { clock } = this;
    Object.assign(systemClock, {
      now: () => clock.now(),
      date: () => clock.date(),
      after: (ms: number, callback: () => void) => clock.after(ms, callback),
    });
    THREADS.open = (start, events) => {
      const Thread = start.access === null ? SentThread : TakingThread; // a pool may do without its shared memory
      return this.#open(new Thread(this, start, events));
    };
    PROCESSES.open = (start, events) => this.#open(new SimulatedProcess(this, start, events));
    this.#countBlocks(Arena.prototype);
    clearTurns();
    try {
      await body();
    } finally {
      for (const [object, descriptors] of originals) Object.defineProperties(object, descriptors);
    }
  }

  #countBlocks(arena: BlockSource): void {
    const { take, free } = arena;
    const count = (change: number): void => void (this.#blocks += change);
    arena.take = function (size) {
      const block = take.call(this, size);
      if (block !== null) count(1);
      return block;
    };
    arena.free = function (block) {
      free.call(this, block);
      count(-1);
    };
  }

  #open(member: SimulatedMember): Channel {
    const { watch } = this;
    const isForChild = watch.childWaits && this.#members.every(({ isSuspended, isEnding }) => isSuspended || isEnding);
    this.#members.push(member);
    if (this.#members.length > 1) watch.isOneLine = false;
    if (this.#members.length > this.maxSize && !isForChild)
      watch.violate(`${this.#members.length} members live, and maxSize is ${this.maxSize}`);
    return member;
  }

  /** One turn of the event loop: it reads what has come through pipes, and does everything that was asked for before. */
  #turn(): void {
    for (const member of this.#members) if (member.isReadFirst) member.deliverAll();
    for (const callback of immediates.splice(0)) callback();
  }
}
