import type { Priority } from '../../../core/priority.ts';
import {
  arrayAt,
  arrayFind,
  arrayIndexOf,
  arrayMap,
  arrayPush,
  arrayReversed,
  arraySplice,
} from '../../../platform/methods.ts';
import { Map, Math } from '../../../platform/primordials.ts';
import type { Address } from '../../../task/call.ts';
import type { TaskHandle } from '../../../task/task.ts';
import type { Channel } from '../../channels/channel.ts';
import { aheadLine } from '../../channels/lines.ts';
import type { Hold, Holds, Left } from '../../member/holds.ts';
import type { PoolMember } from '../../member/member.ts';

/** What can be sent ahead. */
interface AheadTask {
  readonly sequence: number;
  readonly args: string;
}

/** A task that a member has been sent before its turn. */
interface AheadHold extends Hold {
  /** How long it will take, by what tasks of its kind have taken. */
  readonly expectedMs: number;
}

/** How many tasks of each priority are ahead, in all members of a pool. */
export type AheadCounts = Record<Priority, number>;

/** So much does the last task of a kind count in what the next one is expected to take. */
const NEWS = 1 / 8;

/** What takes longer is just long: a short task that was held up once is soon known as short again. */
const LONG_MS = 1;

/** The tasks that a member was sent: the one that it has, and those that it begins by itself after that. */
export class SentHolds implements Holds {
  readonly seat = null;
  readonly holdsMany = false;
  member: PoolMember | null = null;
  current: Hold | null = null;
  /** In the order in which they begin. */
  readonly ahead: AheadHold[] = [];
  /** The lines of those that have not been posted yet. */
  batch = '';
  /** Whether it is being sent more: until there are as many as there may be, and again when half of them are left. */
  isFilling = true;
  /** How long those ahead will take. */
  aheadMs = 0;
  /** Whether those ahead have been asked back, until the current one is over. */
  isRecalled = false;
  /** When that was seen, in monotonic milliseconds. */
  recalledAt = 0;
  /** The current one at the last look. */
  seen: Hold | null = null;
  /** How long tasks take here by their definitions, in milliseconds: those that did well, and said it by a line. */
  readonly #pace = new Map<Address, number>();
  #runs = 0;
  readonly #memberOf: Map<TaskHandle, PoolMember>;
  readonly #counts: AheadCounts;

  constructor(memberOf: Map<TaskHandle, PoolMember>, counts: AheadCounts) {
    this.#memberOf = memberOf;
    this.#counts = counts;
  }

  get isSuspended(): boolean {
    return this.current !== null && !this.current.task.holdsSlot;
  }

  find(run: number): Hold | null {
    if (this.current?.number === run) return this.current;
    return arrayFind(this.ahead, ({ number }) => number === run) ?? null;
  }

  get isEmpty(): boolean {
    return this.current === null;
  }

  of(task: TaskHandle): Hold | null {
    if (this.current?.task === task) return this.current;
    return arrayFind(this.ahead, (hold) => hold.task === task) ?? null;
  }

  startOf(): null {
    return null; // it is told
  }

  revoke({ number }: Hold, channel: Channel): boolean | null {
    return channel.revoke(number);
  }

  add(task: TaskHandle): Hold {
    this.current = this.#newHold(task);
    return this.current;
  }

  addAhead(task: TaskHandle, definition: number): void {
    const hold = { ...this.#newHold(task), expectedMs: this.#paceOf(task) };
    arrayPush(this.ahead, hold);
    this.aheadMs += hold.expectedMs;
    this.#counts[hold.priority] += 1;
    const { sequence, priority, args } = task as TaskHandle & AheadTask;
    this.batch += aheadLine({ run: hold.number, definition, sequence, priority, args });
  }

  #newHold(task: TaskHandle): Hold {
    this.#memberOf.set(task, this.member!);
    return { task, number: ++this.#runs, priority: task.priority, wasSent: true };
  }

  /** Whether it can have more tasks ahead, if they are short. */
  get takesMore(): boolean {
    const { current, member } = this;
    if (current === null || member === null || this.isRecalled) return false;
    return member.state === 'busy' && !member.isSuspect && current.task.holdsSlot;
  }

  /** How long it will take in all if it has this one too; Infinity if that is not known. */
  expectedWith(task: TaskHandle): number {
    return this.aheadMs + this.#paceOf(this.current!.task) + this.#paceOf(task);
  }

  #paceOf({ target }: TaskHandle): number {
    return this.#pace.get(target.address!) ?? Infinity;
  }

  recall(): void {
    if (this.ahead.length === 0 || this.isRecalled) return;
    this.isRecalled = true;
    this.recalledAt = 0;
    this.member!.takeBack(this.ahead[0]!, arrayAt(this.ahead, -1)!);
  }

  took({ task: { target } }: Hold, ms: number | null): void {
    const address = target.address!;
    if (ms === null) {
      this.#pace.delete(address);
      return;
    }
    const last = Math.min(ms, LONG_MS);
    const before = this.#pace.get(address) ?? last;
    this.#pace.set(address, before + (last - before) * NEWS);
  }

  drop(hold: Hold): Hold | null {
    this.#memberOf.delete(hold.task);
    if (this.current !== hold) {
      this.#leaveLine(arrayIndexOf(this.ahead, hold as AheadHold));
      return null;
    }
    this.current = this.#leaveLine(0);
    this.isRecalled = false;
    return this.current;
  }

  #leaveLine(index: number): Hold | null {
    if (index < 0 || index >= this.ahead.length) return null;
    const hold = arraySplice(this.ahead, index, 1)[0];
    this.#counts[hold!.priority] -= 1;
    this.aheadMs = this.ahead.length === 0 ? 0 : this.aheadMs - hold!.expectedMs; // sums of fractions drift
    return hold!;
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

  /** Those that were ahead go back first, from the last to the first: each goes before all that wait. */
  bury(): readonly Left[] {
    const left: Left[] = arrayReversed(arrayMap(this.ahead, (hold) => ({ hold, fate: 'untouched' as const })));
    const { current } = this;
    if (current !== null)
      arrayPush(left, { hold: current, fate: current.task.timeStarted === null ? 'handed' : 'begun' });
    return left;
  }
}
