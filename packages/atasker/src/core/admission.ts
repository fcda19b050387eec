import { arrayConcat, arrayPush, arraySome, each, generated, listOf } from '../platform/methods.ts';
import { Error } from '../platform/primordials.ts';
import { both, Backlog, type Waiting } from './backlog.ts';
import { Delays, type Delayed } from './delays.ts';
import { limitFor, mayStart, startable, type Limits } from './limits.ts';
import { FROM_THE_TOP, type PerPriority, type Priority } from './priority.ts';

/** A task as admission sees it. */
export interface Entry extends Waiting {
  /** Its place among the delayed tasks, while it is one of them. */
  delayed: Delayed<Entry> | null;
  /** Whether it counts as running. Admission writes it. */
  holdsSlot: boolean;
}

/**
 * Where tasks wait from which threads take them by themselves, by the same rules: the most urgent first,
 * within the limits. What is there counts as waiting until a thread has it, and as running then.
 */
export interface Offer<T extends Entry> {
  /** Slots in use by what has been taken there. */
  readonly running: number;
  /** Whether what waits there goes in one line whatever its priority: then nothing may go there before what is more urgent. */
  readonly isOneLine: boolean;
  setLimits(limits: Limits): void;
  /** Slots that are in use besides. */
  setOwnRunning(count: number): void;
  /** Takes a task in, before the rest of its priority or with it; false if there is no room for it now. */
  publish(entry: T, first: boolean): boolean;
  /**
   * Says which lanes hold tasks that have no room there, as bits (`Backlog.occupied`): nothing that comes after
   * one of these may be taken there, though it has room.
   */
  holdBack?(lanes: number): void;
  /** All that goes there now has been published. */
  published(): void;
  /** Takes it back; false if it is not there, or has been taken. */
  withdraw?(entry: T): boolean;
  /** Gives one another priority that is there and cannot be taken back at once: it comes back with that; false if it is not there. */
  move?(entry: T, priority: Priority): boolean;
  /** Whether it has been taken there. */
  isTaken?(entry: T): boolean;
  /** One that has been taken is suspended, or goes on. */
  suspend?(entry: T): void;
  resume?(entry: T): void;
  /** False if nothing of this priority waits there. */
  mayHave(priority: Priority): boolean;
  /** What waits there, in its order. */
  entries(priority: Priority, first: boolean): Iterable<T>;
}

/**
 * Who may start: the backlog, the delayed tasks, and the slots in use, of one pool.
 *
 * Pure: it is told what happened and what time it is, and answers. A task is delayed, waits,
 * holds a slot, or is not here; a suspended task (it waits for a child) is not here.
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

  /** Tasks that hold a slot. It is above a limit after a resize, or when a suspended task goes on. */
  get running(): number {
    return this.#running + (this.#offer?.running ?? 0);
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** When the next delayed task is due; Infinity if there is none. */
  get nextDue(): number {
    return this.#delays.nextAt;
  }

  get delayedCount(): number {
    return this.#delays.size;
  }

  get waitingCount(): number {
    return this.#backlog.size + (this.#offer === null ? 0 : this.#countOffer(this.#offer));
  }

  /** The task that goes before all others here, whether or not it may start; those in the offer have gone. */
  get head(): T | null {
    return this.#backlog.size === 0 ? null : this.#backlog.head();
  }

  /** Whether a child of a running task waits. Of those that go before the rest some may have come back instead. */
  get childWaits(): boolean {
    return arraySome(FROM_THE_TOP, (priority) => {
      for (const { isChild } of this.#entries(priority, true)) if (isChild) return true;
      return false;
    });
  }

  /** There is no offer any more. What was in it has ended, or is given back. */
  closeOffer(): void {
    this.#offer = null;
  }

  /** New limits, at any time. No running task is harmed: its slot just is not filled again. */
  resize(limits: Limits): void {
    this.#limits = limits;
    this.#offer?.setLimits(limits);
  }

  /** Lets a task wait until it is due; it holds no slot meanwhile. */
  delay(entry: T, dueAt: number): void {
    assertNotHere(entry);
    entry.delayed = this.#delays.add(dueAt, entry);
  }

  /** Moves the first task that is due at `now` into the backlog and gives it, or gives null. */
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

  /** Takes a task that has not started out of here; false if it is not here. */
  withdraw(entry: T): boolean {
    if (entry.delayed === null) return this.#remove(entry);
    if (!this.#delays.remove(entry.delayed as Delayed<T>)) return false;
    entry.delayed = null;
    return true;
  }

  /** To the tail of another priority; false if the task does not wait here any more. */
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

  /** Lets tasks go on to the offer, as far as there is room: of each priority in its order. */
  publish(): void {
    if (this.#offer === null || this.#backlog.size === 0) return;
    if (this.#backlog.size > 1) this.holdBack(); // the first may be taken, and the ring empty, before the last is there
    for (const priority of each(FROM_THE_TOP)) {
      if (!this.#publish(priority, this.#offer) && this.#offer.isOneLine) break;
    }
    this.holdBack();
    this.#offer.published();
  }

  /** What waits here goes before all that is less urgent in the offer, from now on. */
  holdBack(): void {
    this.#offer?.holdBack?.(this.#backlog.occupied);
  }

  /** @returns whether all of them have gone there */
  #publish(priority: Priority, offer: Offer<T>): boolean {
    for (let entry = this.#backlog.first(priority); entry !== null; entry = this.#backlog.first(priority)) {
      if (!offer.publish(entry, this.#backlog.goesFirst(priority))) return false;
      this.#backlog.remove(entry);
    }
    return true;
  }

  /** Gives the next task that may start, with its slot, or null. */
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

  /** How many slots there is work for: those in use, and those that could be. */
  slotsWanted(): number {
    return this.running + this.startable();
  }

  /** If tasks may start now, no more slots than that are wanted: of those that wait none has a higher limit. Costs little. */
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

  /** The task that is next in its priority, or null. */
  first(priority: Priority): T | null {
    return first(this.#entries(priority, true)) ?? first(this.#entries(priority, false));
  }

  /** A suspended task goes on, at once: even if that is one more than the limit for a while. */
  acquire(entry: T): void {
    if (this.#offer?.isTaken?.(entry)) return this.#offer.resume?.(entry);
    if (entry.holdsSlot) return;
    entry.holdsSlot = true;
    this.#setRunning(this.#running + 1);
  }

  /** A task begins in the slot of one that has ended. */
  passOn(from: T, to: T): void {
    if (!from.holdsSlot) return this.acquire(to);
    from.holdsSlot = false;
    to.holdsSlot = true;
  }

  /** A task that was taken and has not begun keeps its turn. */
  giveBack(entry: T): void {
    this.release(entry);
    assertNotHere(entry);
    this.#backlog.addFirst(entry);
  }

  /** A task has ended, or is suspended while it waits for a child. */
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

  /** The tasks that have not started: those that wait in the order they would start, then the delayed. */
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

  /** What waits of one priority, in the offer and behind it. */
  #entries(priority: Priority, goFirst: boolean): Iterable<T> {
    const behind = this.#backlog.entries(priority, goFirst);
    return this.#offer === null ? behind : generated(both(this.#offer.entries(priority, goFirst), behind));
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

/** A task that stood in a queue twice would start twice, or tie the queue into a circle. */
function assertNotHere({ lane, delayed, holdsSlot }: Entry): void {
  if (lane !== null || delayed !== null || holdsSlot) throw new Error('atasker: a task was queued twice');
}
