import type { Priority } from '../core/priority.ts';
import {
  askForStart,
  ENDED,
  ENTRIES,
  kindOf,
  newRunQueue,
  nextRun,
  placeOf,
  SENT,
  startOf,
  STARTED,
  stateOf,
  type RunNumber,
  type RunQueue,
} from '../run-queue/memory.ts';
import { free } from '../run-queue/publisher.ts';
import type { TaskHandle } from '../task.ts';
import type { Hold } from './holds.ts';

/** The run queue of a pool, and whose tasks its entries stand for. */
export class RunTable {
  readonly queue: RunQueue = newRunQueue();
  /** By the places of their entries. */
  readonly #holds: (Hold | null)[] = [];
  /** The last use of each entry that is free. */
  readonly #free: RunNumber[] = [];
  /** So many entries have been used so far; the others have not been touched. */
  usedPlaces = 0;
  /** How many tasks of each priority have an entry, waiting or not. */
  readonly counts: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };

  /** The runs that hold no slot while they wait for children, as long as their threads have to do with them. */
  readonly suspended = new Set<RunNumber>();

  /** Whether there is a free entry. */
  get hasRoom(): boolean {
    return this.#free.length > 0 || this.usedPlaces < ENTRIES;
  }

  /** Whether no thread has to do with any task of the table, nor will. */
  get isEmpty(): boolean {
    return this.#free.length === this.usedPlaces;
  }

  /** Gives a task an entry. Ask `hasRoom` first. */
  add(task: TaskHandle): RunNumber {
    const number = nextRun(this.#free.pop() ?? this.usedPlaces++);
    const { priority } = task;
    this.#holds[placeOf(number)] = { task, number, priority, wasSent: false };
    this.counts[priority] += 1;
    task.place = number;
    return number;
  }

  /** The task of a run, if it is still waited for. */
  find(run: RunNumber): Hold | null {
    const hold = this.#holds[placeOf(run)];
    return hold?.number === run ? hold : null;
  }

  /** The entry is free: no thread has to do with it. */
  free(run: RunNumber): void {
    this.#forget(run);
    if (this.suspended.size > 0) this.suspended.delete(run);
    free(this.queue, run);
    this.#free.push(run);
  }

  /** Nobody waits for a run any more. Its entry is free when its thread has done with it. */
  drop({ number }: Hold): void {
    const isOver = stateOf(this.queue, number) === ENDED && kindOf(this.queue, number) === SENT;
    if (isOver) this.free(number);
    else this.#forget(number);
  }

  /** When the function of a task began, in monotonic milliseconds; null if it has not, or has no entry any more. */
  startOf({ place }: TaskHandle): number | null {
    if (place === 0) return null;
    const state = stateOf(this.queue, place);
    const at = state === STARTED || state === ENDED ? startOf(this.queue, place) : 0;
    return at === 0 ? null : at;
  }

  /** From now on somebody has to hear of starts; gives the runs that have begun already. */
  watchStarts(): Hold[] {
    return this.#holds.filter((hold) => hold !== null).filter(({ number }) => askForStart(this.queue, number));
  }

  #forget(run: RunNumber): void {
    const hold = this.find(run);
    if (hold === null) return;
    hold.task.place = 0;
    this.counts[hold.priority] -= 1;
    this.#holds[placeOf(run)] = null;
  }
}
