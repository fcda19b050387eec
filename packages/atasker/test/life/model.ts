import type { Limits } from '../../src/core/limits.ts';
import { higherOf, type Priority } from '../../src/core/priority.ts';
import { TASK_TYPES, type TaskType } from '../../src/task/call.ts';
import { NaivePool, type Row } from '../core/naive-pool.ts';

export type End = 'completed' | 'failed' | 'lost' | 'canceled';

/** A task in the model. */
export interface Item {
  readonly name: string;
  readonly tt: TaskType;
  readonly row: Row;
  readonly parent: Item | null;
  /** The one that it waits for. */
  child: Item | null;
  /** How it must end; null as long as it must not. */
  end: End | null;
}

/** What a supervisor should do: a naive pool for each type, and who waits for whom. */
export class Model {
  readonly items: Item[] = [];
  readonly pools: Readonly<Record<TaskType, NaivePool>>;
  #now = 0;

  constructor(limits: Readonly<Record<TaskType, Limits>>) {
    this.pools = {
      thread: new NaivePool(limits.thread),
      process: new NaivePool(limits.process),
      async: new NaivePool(limits.async),
    };
  }

  /** The tasks whose functions run and can get requests; a cancelled async task may be one of them. */
  get working(): Item[] {
    return this.items.filter(({ row }) => row.state === 'running');
  }

  get unstarted(): Item[] {
    return this.items.filter(({ row }) => row.state === 'waiting' || row.state === 'delayed');
  }

  get unended(): Item[] {
    return this.items.filter(({ end }) => end === null);
  }

  /** How much time until something is due; null if nothing is delayed. */
  get untilDue(): number | null {
    const at = Math.min(...this.items.filter(({ row }) => row.state === 'delayed').map(({ row }) => row.dueAt));
    return at === Infinity ? null : at - this.#now;
  }

  submit(tt: TaskType, priority: Priority, delay: number, parent: Item | null = null): Item {
    const atLeast = parent === null ? priority : higherOf(priority, parent.row.priority);
    const row = this.pools[tt].add(atLeast, parent !== null, delay === 0 ? null : this.#now + delay);
    const item: Item = { name: `${tt} ${row.id}`, tt, row, parent, child: null, end: null };
    this.items.push(item);
    this.pump();
    return item;
  }

  /** The child takes its place while its parent has a slot still; then the parent is suspended. */
  call(parent: Item, tt: TaskType, priority: Priority): Item {
    const child = this.submit(tt, priority, 0, parent);
    parent.child = child;
    parent.row.state = 'suspended';
    this.pump();
    return child;
  }

  /** The function of the task has ended: the task frees its slot, and its parent resumes. */
  end(item: Item, end: End): void {
    item.end ??= end;
    item.row.state = 'ended';
    this.#resumeParent(item);
    this.pump();
  }

  /** Cancels a task, with the child that it waits for. An async function runs on, and keeps its slot until it returns. */
  cancel(item: Item): void {
    if (item.end !== null) return;
    const { row, child } = item;
    const hasBegun = row.state === 'running' || row.state === 'suspended';
    item.end = 'canceled';
    if (child !== null) this.cancel(child);
    row.state = hasBegun && item.tt === 'async' ? 'running' : 'ended';
    this.#resumeParent(item);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const pool of Object.values(this.pools)) {
      for (let row = pool.due(this.#now); row !== null; row = pool.due(this.#now)) {
        row.state = 'waiting';
        pool.toTheTail(row);
      }
    }
    this.pump();
  }

  setPriority({ tt, row }: Item, priority: Priority): void {
    row.priority = priority;
    if (row.state === 'waiting') this.pools[tt].toTheTail(row);
    this.pump();
  }

  resize(tt: TaskType, limits: Limits): void {
    this.pools[tt].limits = limits;
    this.pump();
  }

  /** Starts what may start. */
  pump(): void {
    for (const tt of TASK_TYPES) {
      const pool = this.pools[tt];
      for (let row = pool.next(); row !== null; row = pool.next()) {
        row.state = 'running';
        row.starts += 1;
      }
    }
  }

  /** Happens only once: when a cancelled async function returns at last, its parent may wait for another task. */
  #resumeParent(item: Item): void {
    const { parent } = item;
    if (parent?.child !== item) return;
    parent.child = null;
    if (parent.row.state === 'suspended') parent.row.state = 'running';
  }
}
