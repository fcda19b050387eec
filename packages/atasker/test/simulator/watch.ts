import { PRIORITIES, type Priority } from '../../src/core/priority.ts';
import { limitFor, type Limits } from '../../src/core/limits.ts';
import type { Task } from '../../src/task/task.ts';

/** What the simulator knows of one task. */
interface Known {
  readonly id: string;
  /** Set as soon as the call has returned. */
  task: Task | null;
  readonly order: number;
  readonly priority: Priority;
  /** The step in which it began to wait. */
  readonly since: number;
  /** Whether its place among the others has changed, so that the order says nothing of it any more. */
  isMoved: boolean;
  state: 'waiting' | 'taken' | 'running' | 'over';
  beganAt: number | null;
  calls: number;
  /** Whether it counts against the limits. */
  isCounted: boolean;
}

/** Something that must never happen. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Knows all tasks of one run, and throws a `Violation` as soon as a rule is broken. */
/** Children have numbers from here on. */
const FIRST_CHILD = 1_000_000;

export class Watch {
  step = 0;
  readonly idPrefix: string;
  readonly #limits: Limits;
  readonly #byId = new Map<string, Known>();
  /** The tasks that wait, of each priority, in the order of their calls. */
  readonly #waiting: Readonly<Record<Priority, Set<Known>>> = {
    low: new Set(),
    normal: new Set(),
    high: new Set(),
    critical: new Set(),
  };
  /** Children that have not begun, and when they are due. */
  readonly #waitingChildren = new Map<Known, number>();
  #running = 0;
  #called = 0;
  #ended = 0;

  /** @param idPrefix what stands before the number in the id of each task */
  constructor(idPrefix: string, limits: Limits) {
    this.idPrefix = idPrefix;
    this.#limits = limits;
  }

  /** The first rule that was broken, also if code of the library has caught the error. */
  violation: Violation | null = null;

  /** @throws Violation */
  violate(text: string): never {
    const violation = new Violation(text);
    this.violation ??= violation;
    throw violation;
  }

  get unended(): number {
    return this.#byId.size - this.#ended;
  }

  /** Calls a task, which may begin during the call. */
  call(priority: Priority, make: () => Task): void {
    this.#called += 1;
    const order = this.#called;
    const known: Known = {
      id: `${this.idPrefix}${this.#called}`,
      task: null,
      order,
      priority,
      since: this.step,
      isMoved: false,
      state: 'waiting',
      beganAt: null,
      calls: 0,
      isCounted: false,
    };
    this.#byId.set(known.id, known);
    this.#waiting[priority].add(known);
    known.task = make();
  }

  /** A task calls a child, which waits from `dueAt` on and goes before others; gives its number. */
  callChild(dueAt: number): number {
    const sequence = FIRST_CHILD + this.#byId.size;
    const id = `${this.idPrefix}${sequence}`;
    const known: Known = {
      id,
      task: null,
      order: sequence,
      priority: 'normal',
      since: this.step,
      isMoved: true,
      state: 'waiting',
      beganAt: null,
      calls: 0,
      isCounted: false,
    };
    this.#byId.set(id, known);
    this.#waitingChildren.set(known, dueAt);
    return sequence;
  }

  /** The order says nothing of this task any more: its priority was changed, or it was sent before its turn. */
  moved(id: string): void {
    this.#find(id).isMoved = true;
  }

  /** Whether a child may wait for a member at this time. */
  childWaits(now: number): boolean {
    return [...this.#waitingChildren.values()].some((dueAt) => dueAt <= now);
  }

  unendedTasks(): Task[] {
    return [...this.#byId.values()].flatMap(({ state, task }) => (state === 'over' || task === null ? [] : [task]));
  }

  /** A member takes a task, after a look that it began in step `from`. */
  taken(id: string, from: number): void {
    const known = this.#find(id);
    if (known.state === 'over') return; // it is told that nobody waits for it
    if (known.state === 'running') this.violate(`${id} is taken while it runs`);
    if (known.state === 'taken') known.isMoved = true; // it was given back, and goes first
    this.#waiting[known.priority].delete(known);
    if (!known.isMoved) this.#checkOrder(known, from);
    this.#count(known);
    known.state = 'taken';
  }

  /** A task of this priority, if it is known which one, may be taken: there is room for it. */
  hasRoom(priority: Priority, id?: string): void {
    if (id !== undefined && this.#find(id).isMoved) return;
    if (this.#running >= limitFor(priority, this.#limits))
      this.violate(`a ${priority} task is taken while ${this.#running} others have a slot`);
  }

  #count(known: Known): void {
    if (!known.isCounted) this.#running += 1;
    known.isCounted = true;
  }

  #checkOrder(known: Known, from: number): void {
    for (const priority of PRIORITIES) {
      const rank = PRIORITIES.indexOf(priority) - PRIORITIES.indexOf(known.priority);
      if (rank < 0) continue;
      for (const other of this.#waiting[priority]) {
        if (other.isMoved || other.since > from) continue;
        if (rank === 0 && other.order > known.order) break;
        this.violate(`${known.id} (${known.priority}) is taken while ${other.id} (${priority}) waits`);
      }
    }
  }

  began(id: string, at: number): void {
    const known = this.#find(id);
    known.calls += 1;
    if (known.calls > 1) this.violate(`the function of ${id} is called twice`);
    if (known.state === 'over') this.violate(`the function of ${id} is called after its task has ended`);
    this.#waitingChildren.delete(known);
    known.state = 'running';
    known.beganAt = at;
    this.#count(known); // a prefetched task begins in the slot of the one before it
  }

  /** The function of a task is over, or the task does not begin in this member. */
  left(id: string): void {
    this.#uncount(this.#find(id));
  }

  #uncount(known: Known): void {
    if (known.isCounted) this.#running -= 1;
    known.isCounted = false;
  }

  ended(task: Task): void {
    const { id, timeStarted } = task;
    const known = this.#find(id);
    if (known.state === 'over') this.violate(`${id} ends twice`);
    this.#waiting[known.priority].delete(known);
    this.#waitingChildren.delete(known);
    known.state = 'over';
    this.#uncount(known);
    this.#ended += 1;
    if (timeStarted !== known.beganAt)
      this.violate(`${id} began at ${known.beganAt}, and its timeStarted is ${timeStarted}`);
  }

  /** How many more tasks may begin at this moment. */
  startable(): number {
    let total = this.#running;
    for (const priority of PRIORITIES.toReversed()) {
      const room = limitFor(priority, this.#limits) - total;
      if (room > 0) total += Math.min(this.#waiting[priority].size, room);
    }
    return total - this.#running;
  }

  #find(id: string): Known {
    return this.#byId.get(id) ?? this.violate(`nobody has called ${id}`);
  }
}
