import { limitFor, type Limits } from '../../src/core/limits.ts';
import { PRIORITIES, type Priority } from '../../src/core/priority.ts';
import type { Task } from '../../src/index.ts';
import type { TaskHandle } from '../../src/task/task.ts';
import { unpack, type TakenArgs } from '../../src/wire/values.ts';
import { codeOf, wrongEnd, type CallLimits, type Known } from './known.ts';
import type { Setting } from './setting.ts';

/** Something that must never happen. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Children have numbers from here on. */
const FIRST_CHILD = 1_000_000;

/** Knows all tasks of one run, and throws a `Violation` as soon as a rule is broken. */
export class Watch {
  step = 0;
  /** The limits of the pool, as they are now. */
  limits: Limits;
  /** How many tasks may wait; Infinity if none is refused. */
  readonly maxQueue: number;
  readonly idPrefix: string;
  readonly #isImpatient: boolean;
  readonly #now: () => number;
  readonly #byId = new Map<string, Known>();
  /** The tasks that wait, of each priority, in the order in which they began to wait. */
  readonly #waiting: Readonly<Record<Priority, Set<Known>>> = {
    low: new Set(),
    normal: new Set(),
    high: new Set(),
    critical: new Set(),
  };
  #running = 0;
  /** How many tasks were taken and have not begun, or wait in a member: these may come back. */
  #handed = 0;
  /** How many tasks began in a member where they waited, and wait still as far as the program knows. */
  #unheard = 0;
  #called = 0;
  #order = 0;
  #children = 0;
  #ended = 0;
  /** Whether there has been one member at most so far. */
  isOneLine = true;
  /** The first rule that was broken, also if code of the library has caught the error. */
  violation: Violation | null = null;

  /** @param idPrefix what stands before the number in the id of each task */
  constructor(idPrefix: string, { limits, maxQueue, isImpatient }: Setting, now: () => number) {
    this.idPrefix = idPrefix;
    this.limits = limits;
    this.maxQueue = maxQueue;
    this.#isImpatient = isImpatient;
    this.#now = now;
  }

  /** @throws Violation */
  violate(text: string): never {
    const violation = new Violation(text);
    this.violation ??= violation;
    throw violation;
  }

  get unended(): number {
    return this.#byId.size - this.#ended;
  }

  get ended(): number {
    return this.#ended;
  }

  unendedTasks(): Task[] {
    return [...this.#byId.values()].flatMap(({ state, task }) => (state === 'over' || task === null ? [] : [task]));
  }

  /** Calls a task, which may begin or end during the call. */
  call(priority: Priority, limits: CallLimits, make: (sequence: number) => Task): void {
    this.#called += 1;
    const known = this.#add(this.#called, priority, limits, null);
    if (limits.delay === undefined) this.#wait(known);
    known.task = make(this.#called);
    this.#checkQueue(known);
  }

  /** A task calls a child, which goes before others; gives its number. */
  callChild(parent: string): number {
    this.#children += 1;
    const sequence = FIRST_CHILD + this.#children;
    this.#add(sequence, 'normal', {}, this.#find(parent));
    return sequence;
  }

  #add(sequence: number, priority: Priority, limits: CallLimits, parent: Known | null): Known {
    const calledAt = this.#now();
    const known: Known = {
      id: `${this.idPrefix}${sequence}`,
      sequence,
      isChild: parent !== null,
      limits,
      calledAt,
      deadlineAt: parent?.deadlineAt ?? calledAt + (limits.deadline ?? Infinity),
      task: null,
      priority,
      order: 0,
      since: this.step,
      isMoved: parent !== null,
      isReordered: false,
      state: 'called',
      isUnheard: false,
      beganAt: null,
      calls: 0,
      isCounted: false,
    };
    this.#byId.set(known.id, known);
    return known;
  }

  /** The library says that a task waits for a slot: a child, or a task that is due. */
  queued({ id, priority }: Task): void {
    const known = this.#find(id);
    if (known.state !== 'called') return;
    known.priority = priority;
    this.#wait(known);
  }

  #wait(known: Known): void {
    this.#order += 1;
    known.order = this.#order;
    known.since = this.step;
    this.#to(known, 'waiting');
  }

  #to(known: Known, state: Known['state']): void {
    if (known.state === 'waiting') this.#waiting[known.priority].delete(known);
    if (known.state === 'ahead' || known.state === 'taken') this.#handed -= 1;
    known.state = state;
    if (state === 'waiting') this.#waiting[known.priority].add(known);
    if (state === 'ahead' || state === 'taken') this.#handed += 1;
  }

  /** A task waits behind others of a priority now: the order says nothing of it any more. */
  moved(id: string, priority: Priority): void {
    const known = this.#find(id);
    const { state } = known;
    if (state === 'waiting') this.#waiting[known.priority].delete(known);
    known.isMoved = true;
    known.isReordered = true;
    known.priority = priority;
    if (state === 'waiting') this.#waiting[priority].add(known);
  }

  /** A task is sent to a busy member, where it waits. */
  sentAhead(id: string): void {
    const known = this.#find(id);
    if (known.state !== 'waiting') this.violate(`${id} is sent ahead, and is ${known.state}`);
    known.isMoved = true;
    this.#to(known, 'ahead');
  }

  /** The pool is about to hear that a task has not begun: unless it ends, it waits again, before others. */
  cameBack(id: string): void {
    const known = this.#find(id);
    this.#uncount(known);
    if (known.state !== 'taken' && known.state !== 'ahead') return;
    known.isMoved = true;
    this.#to(known, 'waiting');
  }

  /** Whether a child waits for a member. */
  get childWaits(): boolean {
    return PRIORITIES.some((priority) => [...this.#waiting[priority]].some(({ isChild }) => isChild));
  }

  /** A member takes a task, after a look that it began in step `from`. */
  taken(id: string, from: number): void {
    const known = this.#find(id);
    if (known.state === 'over') return; // it is told that nobody waits for it
    if (known.state === 'running') this.violate(`${id} is taken while it runs`);
    if (known.state === 'taken') known.isMoved = true; // it was given back, and goes first
    this.#to(known, 'taken');
    if (!known.isMoved) this.#checkOrder(known, from);
    this.#count(known);
  }

  /** A task of this priority, if it is known which one, may be taken: there is room for it. */
  hasRoom(priority: Priority, id?: string): void {
    if (id !== undefined && this.#find(id).isMoved) return;
    if (this.#running >= limitFor(priority, this.limits))
      this.violate(`a ${priority} task is taken while ${this.#running} others have a slot`);
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

  began(id: string, args: TakenArgs | null): void {
    const known = this.#find(id);
    known.calls += 1;
    if (known.calls > 1) this.violate(`the function of ${id} is called twice`);
    if (known.state === 'over') this.violate(`the function of ${id} is called after its task has ended`);
    if (args !== null && firstOf(args) !== known.sequence)
      this.violate(`${id} has the arguments of ${String(firstOf(args))}`);
    if (this.isOneLine) this.#checkLine(known);
    known.isUnheard = known.state === 'ahead';
    if (known.isUnheard) this.#unheard += 1;
    this.#to(known, 'running');
    known.beganAt = this.#now();
    this.#count(known); // a prefetched task begins in the slot of the one before it
  }

  /** In the only member tasks of one priority begin in their order, also if they were taken back meanwhile. */
  #checkLine({ id, priority, order, isChild, isReordered }: Known): void {
    if (isChild || isReordered) return;
    for (const other of this.#byId.values()) {
      if (!mayBegin(other) || other.priority !== priority || other.isChild || other.isReordered || other.order >= order)
        continue;
      this.violate(`${id} begins before ${other.id}, which was called before it`);
    }
  }

  /** The program hears that a task has begun. */
  heard(id: string): void {
    this.#hear(this.#find(id));
  }

  #hear(known: Known): void {
    if (known.isUnheard) this.#unheard -= 1;
    known.isUnheard = false;
  }

  /** The function of a task is over, or the task does not begin in this member. */
  left(id: string): void {
    this.#uncount(this.#find(id));
  }

  #count(known: Known): void {
    if (!known.isCounted) this.#running += 1;
    known.isCounted = true;
  }

  #uncount(known: Known): void {
    if (known.isCounted) this.#running -= 1;
    known.isCounted = false;
  }

  end(task: Task): void {
    const known = this.#find(task.id);
    if (known.state === 'over') this.violate(`${task.id} ends twice`);
    this.#to(known, 'over');
    this.#hear(known);
    this.#uncount(known);
    this.#ended += 1;
    const wrong = wrongEnd(known, task, this.#now(), this.#isImpatient);
    if (wrong !== null) this.violate(wrong);
    if (codeOf(task) === 'ERR_TASK_REJECTED') this.#checkRefusal(known);
  }

  /** No task may be refused while fewer tasks wait than may. Children do not count. */
  #checkRefusal({ id, isChild }: Known): void {
    if (isChild) this.violate(`the child ${id} is refused`);
    const most = this.#waitingWithoutChildren() + this.#handed + this.#unheard;
    if (most < this.maxQueue) this.violate(`${id} is refused while ${most} tasks wait, and ${this.maxQueue} may`);
  }

  /** No task may be accepted if more tasks wait then than may. */
  #checkQueue({ id, state }: Known): void {
    if (state !== 'waiting' || this.maxQueue === Infinity) return;
    const least = this.#waitingWithoutChildren() - this.startable() - this.#handed; // a thread may just be taking one
    if (least > this.maxQueue) this.violate(`${id} is accepted while ${least} tasks wait, and ${this.maxQueue} may`);
  }

  #waitingWithoutChildren(): number {
    let count = 0;
    for (const priority of PRIORITIES) for (const { isChild } of this.#waiting[priority]) if (!isChild) count += 1;
    return count;
  }

  /** How many more tasks may begin at this moment. */
  startable(): number {
    let total = this.#running;
    for (const priority of PRIORITIES.toReversed()) {
      const room = limitFor(priority, this.limits) - total;
      if (room > 0) total += Math.min(this.#waiting[priority].size, room);
    }
    return total - this.#running;
  }

  #find(id: string): Known {
    return this.#byId.get(id) ?? this.violate(`nobody has called ${id}`);
  }
}

/** The first argument, which is the number of the task; what stands there instead if it cannot be read. */
function firstOf(args: TakenArgs): unknown {
  if (typeof args === 'number') return args;
  if (typeof args !== 'string') return (unpack(args) as readonly unknown[])[0];
  try {
    return (JSON.parse(args) as readonly unknown[])[0];
  } catch {
    return args;
  }
}

/** Whether a task waits, here or in a member, and is not to end without beginning. */
function mayBegin({ state, task }: Known): boolean {
  if (state !== 'waiting' && state !== 'ahead' && state !== 'taken') return false;
  return !(task as TaskHandle | null)?.life?.interrupt;
}
