import { arrayMap, listOf } from '../../platform/methods.ts';
import { Map } from '../../platform/primordials.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { Channel } from '../channels/channel.ts';
import type { Hold, Holds, Left } from '../member/holds.ts';
import type { PoolMember } from '../member/member.ts';
import type { Transport } from './transport.ts';

/** Every task is sent to the one thread that serves the aloop, whatever that has already. */
export class AloopTransport implements Transport {
  readonly window = null;
  readonly hasSeat = true;
  readonly nextRun = 0;
  /** It never goes because it has nothing to do. */
  readonly oldestIdle = null;
  readonly #tasks = new Map<TaskHandle, AloopHolds>();
  readonly #retire: (member: PoolMember) => void;
  #serving: PoolMember | null = null;

  /** @param retire for a member that is to take nothing more, and ends after what it has. */
  constructor(retire: (member: PoolMember) => void) {
    this.#retire = retire;
  }

  /** The thread that takes what comes. */
  get serving(): PoolMember | null {
    return this.#serving;
  }

  get idleCount(): number {
    return this.#serving !== null && this.#serving.state === 'idle' && this.#serving.holds.isEmpty ? 1 : 0;
  }

  get busyCount(): number {
    return this.#tasks.size;
  }

  join(): Holds {
    return new AloopHolds(this.#tasks);
  }

  joined(member: PoolMember): void {
    (member.holds as AloopHolds).member = member;
  }

  rest(member: PoolMember): void {
    if (!(member.holds as AloopHolds).isLeft) this.#serving = member;
  }

  leave(member: PoolMember): void {
    (member.holds as AloopHolds).isLeft = true;
    if (this.#serving === member) this.#serving = null;
  }

  gone(holds: Holds): void {
    if (this.#serving?.holds === holds) this.#serving = null;
  }

  hasRoomFor(task: TaskHandle): boolean {
    const member = this.#serving;
    if (member === null || member.state !== 'idle') return false;
    if (member.knowledge.isTooOldFor(task.target.address!)) member.isSuspect = true; // the main file has defined more since
    if (!member.isSuspect) return true;
    this.#retire(member);
    return false;
  }

  takeIdle(): PoolMember {
    return this.#serving!;
  }

  memberOf(task: TaskHandle): PoolMember | null {
    return this.#tasks.get(task)?.member ?? null;
  }

  startOf(): null {
    return null; // its message tells
  }

  watchStarts(): void {
    // each is told
  }

  close(): void {
    this.#serving = null;
  }
}

/** The tasks that one thread of an aloop was sent, any number at a time. None is the one at hand. */
class AloopHolds implements Holds {
  readonly seat = null;
  readonly current = null;
  readonly holdsMany = true;
  member: PoolMember | null = null;
  /** Whether another thread takes what comes now. */
  isLeft = false;
  readonly #runs = new Map<number, Hold>();
  readonly #byTask = new Map<TaskHandle, Hold>();
  readonly #tasks: Map<TaskHandle, AloopHolds>;
  #made = 0;

  constructor(tasks: Map<TaskHandle, AloopHolds>) {
    this.#tasks = tasks;
  }

  /** It serves no slot any more. */
  get isSuspended(): boolean {
    return this.isLeft || this.member!.isSuspect;
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  find(run: number): Hold | null {
    return this.#runs.get(run) ?? null;
  }

  of(task: TaskHandle): Hold | null {
    return this.#byTask.get(task) ?? null;
  }

  startOf(): null {
    return null;
  }

  revoke({ number }: Hold, channel: Channel): boolean | null {
    return channel.revoke(number);
  }

  add(task: TaskHandle): Hold {
    const hold = { task, number: ++this.#made, priority: task.priority, wasSent: true };
    this.#runs.set(hold.number, hold);
    this.#byTask.set(task, hold);
    this.#tasks.set(task, this);
    return hold;
  }

  drop({ number, task }: Hold): null {
    this.#runs.delete(number);
    this.#byTask.delete(task);
    this.#tasks.delete(task);
    return null;
  }

  took(): void {
    // nothing depends on it
  }

  recall(): void {
    // none waits there for another
  }

  release(): void {
    // no slot was its own
  }

  close(): boolean {
    return this.isEmpty;
  }

  wake(): void {
    // it reads what it is sent
  }

  readArrived(): void {
    // all comes as frames
  }

  bury(): readonly Left[] {
    const fate = ({ task }: Hold): Left['fate'] => (task.timeStarted === null ? 'handed' : 'begun');
    return arrayMap(listOf(this.#runs.values()), (hold) => ({ hold, fate: fate(hold) }));
  }
}
