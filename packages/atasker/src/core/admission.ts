import { Backlog, type Waiting } from './backlog.ts';
import { Delays, type Delayed } from './delays.ts';
import { mayStart, startable, type Limits } from './limits.ts';
import type { PerPriority, Priority } from './priority.ts';

/** A task as admission sees it. */
export interface Entry extends Waiting {
  /** Its place among the delayed tasks, while it is one of them. */
  delayed: Delayed<Entry> | null;
  /** Whether it counts as running. Admission writes it. */
  holdsSlot: boolean;
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

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Tasks that hold a slot. It is above a limit after a resize, or when a suspended task goes on. */
  get running(): number {
    return this.#running;
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
    return this.#backlog.size;
  }

  /** The task that goes before all others, whether or not it may start. */
  get head(): T | null {
    return this.#backlog.head();
  }

  /** Whether a child of a running task waits. */
  get childWaits(): boolean {
    return this.#backlog.childWaits;
  }

  /** New limits, at any time. No running task is harmed: its slot just is not filled again. */
  resize(limits: Limits): void {
    this.#limits = limits;
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
    return due.value;
  }

  queue(entry: T): void {
    assertNotHere(entry);
    this.#backlog.add(entry);
  }

  /** Takes a task that has not started out of here; false if it is not here. */
  withdraw(entry: T): boolean {
    if (entry.delayed === null) return this.#backlog.remove(entry);
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
    if (!this.#backlog.remove(entry)) return false;
    entry.priority = priority;
    this.#backlog.add(entry);
    return true;
  }

  /** Gives the next task that may start, with its slot, or null. */
  takeNext(): T | null {
    const entry = this.#backlog.head();
    if (entry === null || !mayStart(entry.priority, this.#running, this.#limits)) return null;
    this.#backlog.remove(entry);
    this.acquire(entry);
    return entry;
  }

  /** How many of the waiting tasks may start now. */
  startable(): number {
    return startable(this.waiting(), this.#running, this.#limits);
  }

  /** Tasks that wait, by priority. */
  waiting(): PerPriority {
    return {
      low: this.#backlog.waiting('low'),
      normal: this.#backlog.waiting('normal'),
      high: this.#backlog.waiting('high'),
      critical: this.#backlog.waiting('critical'),
    };
  }

  /** The task that is next in its priority, or null. */
  first(priority: Priority): T | null {
    return this.#backlog.first(priority);
  }

  /** A suspended task goes on, at once: even if that is one more than the limit for a while. */
  acquire(entry: T): void {
    if (entry.holdsSlot) return;
    entry.holdsSlot = true;
    this.#running += 1;
  }

  /** A task that was taken and has not begun keeps its turn. */
  giveBack(entry: T): void {
    this.release(entry);
    assertNotHere(entry);
    this.#backlog.addFirst(entry);
  }

  /** A task has ended, or is suspended while it waits for a child. */
  release(entry: T): void {
    if (!entry.holdsSlot) return;
    entry.holdsSlot = false;
    this.#running -= 1;
  }

  /** The tasks that wait for a slot, in the order in which they would start. */
  waitingTasks(): Iterable<T> {
    return this.#backlog;
  }

  /** The tasks that have not started: those that wait in the order they would start, then the delayed. */
  *unstarted(): Generator<T> {
    yield* this.waitingTasks();
    yield* this.#delays;
  }
}

/** A task that stood in a queue twice would start twice, or tie the queue into a circle. */
function assertNotHere({ lane, delayed, holdsSlot }: Entry): void {
  if (lane !== null || delayed !== null || holdsSlot) throw new Error('atasker: a task was queued twice');
}
