import type { TaskHandle } from '../task.ts';
import type { PoolMember } from './member.ts';
import type { Hold, Holds, Left } from './holds.ts';
import type { Transport } from './transport.ts';

/** Each task is sent to a member that is ready, as one message. */
export class MessageTransport implements Transport {
  readonly window = null;
  readonly hasSeat = true;
  readonly nextRun = 0;
  /** The one that was used last is on top, so that those on the bottom can go. */
  readonly #idle: PoolMember[] = [];
  readonly #busy = new Map<TaskHandle, PoolMember>();
  readonly #retire: (member: PoolMember) => void;

  /** @param retire for a member that can no longer take what is asked of it. */
  constructor(retire: (member: PoolMember) => void) {
    this.#retire = retire;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get busyCount(): number {
    return this.#busy.size;
  }

  get oldestIdle(): PoolMember | null {
    return this.#idle[0] ?? null;
  }

  join(): Holds {
    return new SentHold(this.#busy);
  }

  joined(member: PoolMember): void {
    (member.holds as SentHold).member = member;
  }

  rest(member: PoolMember): void {
    this.#idle.push(member);
  }

  leave(member: PoolMember): void {
    const index = this.#idle.indexOf(member);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  gone(holds: Holds): void {
    const { member } = holds as SentHold;
    if (member !== null) this.leave(member);
  }

  hasRoomFor(task: TaskHandle): boolean {
    for (;;) {
      const member = this.#idle.at(-1);
      if (member === undefined) return false;
      if (member.state !== 'idle') this.leave(member); // it ends: something that a task has left there went wrong
      else if (!member.isTooOldFor(task.target.address!)) return true;
      else this.#retire(member); // the main file has defined more since it was evaluated there
    }
  }

  takeIdle(): PoolMember {
    return this.#idle.pop()!;
  }

  memberOf(task: TaskHandle): PoolMember | null {
    return this.#busy.get(task) ?? null;
  }

  startOf(): null {
    return null; // its message tells
  }

  watchStarts(): void {
    // each is told
  }

  close(): void {
    // nothing is kept
  }
}

/** The one task that a member was sent. */
class SentHold implements Holds {
  readonly seat = null;
  readonly holdsMany = false;
  member: PoolMember | null = null;
  current: Hold | null = null;
  #runs = 0;
  readonly #busy: Map<TaskHandle, PoolMember>;

  constructor(busy: Map<TaskHandle, PoolMember>) {
    this.#busy = busy;
  }

  get isSuspended(): boolean {
    return this.current !== null && !this.current.task.holdsSlot;
  }

  get isEmpty(): boolean {
    return this.current === null;
  }

  of(task: TaskHandle): Hold | null {
    const { current } = this;
    return current?.task === task ? current : null;
  }

  find(run: number): Hold | null {
    return this.current?.number === run ? this.current : null;
  }

  startOf(): null {
    return null;
  }

  add(task: TaskHandle): Hold {
    this.current = { task, number: ++this.#runs, priority: task.priority, wasSent: true };
    this.#busy.set(task, this.member!);
    return this.current;
  }

  drop({ task }: Hold): void {
    this.current = null;
    this.#busy.delete(task);
  }

  release(): void {
    // the slot was not its own
  }

  close(): boolean {
    return true;
  }

  wake(): void {
    // it reads what it is sent
  }

  readArrived(): void {
    // all comes as frames
  }

  bury(): readonly Left[] {
    const { current } = this;
    return current === null ? [] : [{ hold: current, hasBegun: current.task.timeStarted !== null }];
  }
}
