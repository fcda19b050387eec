import { arrayConcat, arrayPush, arraySome, each, generated, listOf } from '../platform/methods.ts';
import { Error, Math } from '../platform/primordials.ts';
import { both, Backlog, type Waiting } from './backlog.ts';
import { Delays, type Delayed } from './delays.ts';
import { limitFor, mayStart, startable, type Limits } from './limits.ts';
import { FROM_THE_TOP, type PerPriority, type Priority } from './priority.ts';

/** A task as admission sees it. */
export interface Entry extends Waiting {
  /** The place of the task among the delayed tasks, while it is delayed. */
  delayed: Delayed<Entry> | null;
  /** Whether the task holds a slot, so counts as running. Only admission writes this field. */
  holdsSlot: boolean;
}

/**
 * Tasks that stand ready, and that threads take by themselves by the same rules: the most urgent first, within the
 * limits. A task of the offer counts as waiting until a thread has taken it, and as running from then on.
 */
export interface Offer<T extends Entry> {
  /** Slots in use by tasks that were taken from the offer. */
  readonly running: number;
  /**
   * Whether all tasks of the offer stand in one line, whatever their priority. In that case no task may go there before
   * more urgent tasks have gone.
   */
  readonly isOneLine: boolean;
  setLimits(limits: Limits): void;
  /** Tells the offer how many slots are in use by tasks that were not taken from it. */
  setOwnRunning(count: number): void;
  /**
   * Adds a task: before the rest of its priority if `first`, else to the rest. Returns false if the offer has no room
   * now.
   */
  publish(entry: T, first: boolean): boolean;
  /**
   * Says which lanes of the backlog hold tasks for which the offer has no room, as bits (`Backlog.occupied`). Threads
   * then take no task of the offer that comes after one of these, although it is there.
   */
  holdBack?(lanes: number): void;
  /** Called when all tasks that may go to the offer now have been published. */
  published(): void;
  /** Takes a task back; false if the task is not in the offer or has been taken. */
  withdraw?(entry: T): boolean;
  /**
   * Changes the priority of a task that is in the offer and cannot be taken back at once: it comes back with the new
   * priority. Returns false if the task is not in the offer.
   */
  move?(entry: T, priority: Priority): boolean;
  /** Whether a thread has taken the task from the offer. */
  isTaken?(entry: T): boolean;
  /** A task that was taken from the offer is suspended (or, with `resume`, goes on). */
  suspend?(entry: T): void;
  resume?(entry: T): void;
  /** False if surely no task of this priority waits in the offer. */
  mayHave(priority: Priority): boolean;
  /** The tasks of a priority that wait in the offer, in order: those that go first, or the rest. */
  entries(priority: Priority, first: boolean): Iterable<T>;
}

/**
 * Decides which task of one pool may start: from the backlog, the delayed tasks, and the slots in use.
 *
 * This class is pure: it is told what happened and what time it is, and answers. A task is delayed, waits, holds a
 * slot, or is not here; a suspended task (which waits for a child) is not here.
 */
export class Admission<T extends Entry> {
  readonly #backlog = new Backlog<T>();
  readonly #delays = new Delays<T>();
  #running = 0;
  #limits: Limits;
  #offer: Offer<T> | null;

  constructor(limits: Limits, offer: Offer<T> | null = null) {
    this.#limits = limits;
    this.#offer = offer;
    offer?.setLimits(limits);
  }

  /** How many tasks hold a slot. The number exceeds a limit after a resize, or when a suspended task goes on. */
  get running(): number {
    return this.#running + (this.#offer?.running ?? 0);
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** When the next delayed task is due; Infinity if no task is delayed. */
  get nextDue(): number {
    return this.#delays.nextAt;
  }

  get delayedCount(): number {
    return this.#delays.size;
  }

  get waitingCount(): number {
    return this.#backlog.size + (this.#offer === null ? 0 : this.#countOffer(this.#offer));
  }

  /** The first task of the backlog, whether or not it may start. Tasks in the offer have left the backlog. */
  get head(): T | null {
    return this.#backlog.size === 0 ? null : this.#backlog.head();
  }

  /**
   * Whether a child of a running task waits. Only the tasks that go first are searched; some of them are tasks that
   * came back.
   */
  get childWaits(): boolean {
    return arraySome(FROM_THE_TOP, (priority) => {
      for (const { isChild } of this.#entries(priority, true)) if (isChild) return true;
      return false;
    });
  }

  /** The offer is gone. Its tasks have ended, or are given back. */
  closeOffer(): void {
    this.#offer = null;
  }

  /** Sets new limits, at any time. Running tasks are not affected: a slot beyond the limit is just not filled again. */
  resize(limits: Limits): void {
    this.#limits = limits;
    this.#offer?.setLimits(limits);
  }

  /** Lets a task wait until it is due. A delayed task holds no slot. */
  delay(entry: T, dueAt: number): void {
    assertNotHere(entry);
    entry.delayed = this.#delays.add(dueAt, entry);
  }

  /** Moves the first task that is due at `now` into the backlog and returns the task; null if no task is due. */
  takeDue(now: number): T | null {
    const due = this.#delays.takeDue(now);
    if (due === null) return null;
    due.value.delayed = null;
    this.#backlog.add(due.value);
    this.holdBack();
    return due.value;
  }

  queue(entry: T): void {
    assertNotHere(entry);
    this.#backlog.add(entry);
  }

  /** Queues a task; if nothing waits here, it goes to the offer at once, if that has room. */
  queueOrPublish(entry: T): void {
    assertNotHere(entry);
    const offer = this.#offer;
    if (offer === null || this.#backlog.size > 0 || !offer.publish(entry, entry.isChild)) return this.queue(entry);
    offer.published();
  }

  /** Takes out a task that has not started; false if the task is not here. */
  withdraw(entry: T): boolean {
    if (entry.delayed === null) return this.#remove(entry);
    if (!this.#delays.remove(entry.delayed as Delayed<T>)) return false;
    entry.delayed = null;
    return true;
  }

  /** Moves a task to the tail of another priority; false if the task does not wait here any more. */
  setPriority(entry: T, priority: Priority): boolean {
    if (entry.delayed !== null) {
      entry.priority = priority;
      return true;
    }
    if (!this.#remove(entry)) return this.#offer?.move?.(entry, priority) ?? false;
    entry.priority = priority;
    this.#backlog.add(entry);
    return true;
  }

  /** Moves tasks on to the offer, as far as it has room, in the order of each priority. */
  publish(): void {
    if (this.#offer === null || this.#backlog.size === 0) return;
    if (this.#backlog.size > 1) this.holdBack(); // the ring may be empty before the last task is there
    for (const priority of each(FROM_THE_TOP)) {
      if (!this.#publish(priority, this.#offer) && this.#offer.isOneLine) break;
    }
    this.holdBack();
    this.#offer.published();
  }

  /** From now on, tasks in the backlog go before all less urgent tasks of the offer. */
  holdBack(): void {
    this.#offer?.holdBack?.(this.#backlog.occupied);
  }

  /** @returns whether all tasks of the priority have gone to the offer */
  #publish(priority: Priority, offer: Offer<T>): boolean {
    for (let entry = this.#backlog.first(priority); entry !== null; entry = this.#backlog.first(priority)) {
      if (!offer.publish(entry, this.#backlog.goesFirst(priority))) return false;
      this.#backlog.remove(entry);
    }
    return true;
  }

  /** Returns the next task that may start, and gives it a slot; null if there is none. */
  takeNext(): T | null {
    const entry = this.#backlog.head();
    if (entry === null || !mayStart(entry.priority, this.running, this.#limits)) return null;
    this.#backlog.remove(entry);
    this.acquire(entry);
    this.holdBack();
    return entry;
  }

  /** How many of the waiting tasks may start now. */
  startable(): number {
    return startable((priority, atMost) => this.#count(priority, atMost), this.running, this.#limits);
  }

  /** How many waiting tasks cannot start now; children do not count. The time does not grow with the number of children. */
  mustWait(): number {
    let total = this.running;
    let waiting = 0;
    for (const priority of each(FROM_THE_TOP)) {
      const limit = limitFor(priority, this.#limits);
      const start = (tasks: number): number => {
        const starting = Math.max(0, Math.min(tasks, limit - total));
        total += starting;
        return tasks - starting;
      };
      let others = this.#count(priority, Infinity) - this.#backlog.children(priority);
      for (const { isChild } of this.#thoseBeforeChildren(priority)) {
        others -= 1;
        if (start(1) === 1 && !isChild) waiting += 1;
      }
      start(this.#backlog.children(priority));
      waiting += start(others);
    }
    return waiting;
  }

  /** How many slots there is work for: slots in use, and slots that waiting tasks could use now. */
  slotsWanted(): number {
    return this.running + this.startable();
  }

  /**
   * A cheap upper bound of `slotsWanted()`: the limit of the most urgent priority that waits. It holds only if a
   * waiting task may start now.
   */
  mostSlotsWanted(): number {
    for (const priority of each(FROM_THE_TOP)) {
      const waits = this.#backlog.waiting(priority) > 0 || this.#offer?.mayHave(priority);
      if (waits) return limitFor(priority, this.#limits);
    }
    return this.#running;
  }

  /** Tasks that wait, by priority. */
  waiting(): PerPriority {
    const all = (priority: Priority): number => this.#count(priority, Infinity);
    return { low: all('low'), normal: all('normal'), high: all('high'), critical: all('critical') };
  }

  /** The next task of a priority, or null. */
  first(priority: Priority): T | null {
    return first(this.#entries(priority, true)) ?? first(this.#entries(priority, false));
  }

  /** Gives a slot to a suspended task that goes on, at once, even if the limit is exceeded for a while. */
  acquire(entry: T): void {
    if (this.#offer?.isTaken?.(entry)) return this.#offer.resume?.(entry);
    if (entry.holdsSlot) return;
    entry.holdsSlot = true;
    this.#setRunning(this.#running + 1);
  }

  /** A task begins in the slot of a task that has ended. */
  passOn(from: T, to: T): void {
    if (!from.holdsSlot) return this.acquire(to);
    from.holdsSlot = false;
    to.holdsSlot = true;
  }

  /** Puts a task that was taken and has not begun back to the head of its priority. */
  giveBack(entry: T): void {
    this.release(entry);
    assertNotHere(entry);
    this.#backlog.addFirst(entry);
  }

  /** Frees the slot of a task that has ended, or that is suspended while it waits for a child. */
  release(entry: T): void {
    if (this.#offer?.isTaken?.(entry)) return this.#offer.suspend?.(entry);
    if (!entry.holdsSlot) return;
    entry.holdsSlot = false;
    this.#setRunning(this.#running - 1);
  }

  /** The tasks that wait for a slot, in the order in which they would start. */
  waitingTasks(): T[] {
    const tasks: T[] = [];
    for (const priority of each(FROM_THE_TOP)) {
      for (const task of this.#entries(priority, true)) arrayPush(tasks, task);
      for (const task of this.#entries(priority, false)) arrayPush(tasks, task);
    }
    return tasks;
  }

  /**
   * The tasks that have not started: first the waiting tasks in the order in which they would start, then the delayed
   * tasks.
   */
  unstarted(): T[] {
    return arrayConcat(this.waitingTasks(), listOf(this.#delays));
  }

  #setRunning(running: number): void {
    this.#running = running;
    this.#offer?.setOwnRunning(running);
  }

  #remove(entry: T): boolean {
    if (!this.#backlog.remove(entry)) return this.#offer?.withdraw?.(entry) ?? false;
    this.holdBack();
    return true;
  }

  /** The waiting tasks of one priority: those in the offer, then those in the backlog. */
  #entries(priority: Priority, goFirst: boolean): Iterable<T> {
    const behind = this.#backlog.entries(priority, goFirst);
    return this.#offer === null ? behind : generated(both(this.#offer.entries(priority, goFirst), behind));
  }

  /** The waiting tasks of one priority that go before the children of the backlog; there may be children among them. */
  #thoseBeforeChildren(priority: Priority): Iterable<T> {
    const returned = this.#backlog.returned(priority);
    return this.#offer === null ? returned : generated(both(this.#offer.entries(priority, true), returned));
  }

  #countOffer(offer: Offer<T>): number {
    let counted = 0;
    for (const priority of each(FROM_THE_TOP)) {
      counted += count(offer.entries(priority, true), Infinity) + count(offer.entries(priority, false), Infinity);
    }
    return counted;
  }

  #count(priority: Priority, atMost: number): number {
    const here = this.#backlog.waiting(priority);
    if (this.#offer === null || here >= atMost) return here;
    const ofFirst = count(this.#offer.entries(priority, true), atMost - here);
    return here + ofFirst + count(this.#offer.entries(priority, false), atMost - here - ofFirst);
  }
}

function first<T>(entries: Iterable<T>): T | null {
  for (const entry of entries) return entry;
  return null;
}

function count(entries: Iterable<unknown>, atMost: number): number {
  let counted = 0;
  if (atMost <= 0) return counted;
  for (const entry of entries) {
    if (entry !== undefined) counted += 1;
    if (counted >= atMost) break;
  }
  return counted;
}

/** Guards the lanes: a task in a lane twice would start twice, or close the linked list to a circle. */
function assertNotHere({ lane, delayed, holdsSlot }: Entry): void {
  if (lane !== null || delayed !== null || holdsSlot) throw new Error('atasker: a task was queued twice');
}
