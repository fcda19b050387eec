import { systemClock } from '../../../common/clock.ts';
import type { Priority } from '../../../core/priority.ts';
import { arrayFilter, arrayPop, arrayPush, each, listOf } from '../../../platform/methods.ts';
import { Map, Set } from '../../../platform/primordials.ts';
import type { TaskHandle } from '../../../task/task.ts';
import type { Assignment } from '../../conversations/run/assignments.ts';
import { Arena, refer, type Block, type TellChunk } from '../../run-queue/arena.ts';
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
} from '../../run-queue/memory.ts';
import { free, lastPublished, withdraw } from '../../run-queue/publisher.ts';
import { WrittenArgs } from './written-args.ts';

/** The tasks in a shared memory that cannot be relied on any more. */
export interface Abandoned {
  /** The tasks that no thread has taken or will take, in their order. */
  readonly untaken: readonly TaskHandle[];
  readonly others: readonly TaskHandle[];
}

/** The run queue of a pool, and the tasks that its entries stand for. */
export class RunTable {
  readonly queue: RunQueue = newRunQueue();
  /** The assignments, by the places of their entries. */
  readonly #assignments: (Assignment | null)[] = [];
  /**
   * The run that uses each entry, by the place of the entry; 0 if the entry is free. Threads may have written anything
   * into the shared memory, so the pool relies on this list.
   */
  readonly #used: RunNumber[] = [];
  /** The run that last used each free entry. */
  readonly #free: RunNumber[] = [];
  /** How many entries have been used so far; the entries after them have not been touched. */
  usedPlaces = 0;
  /** How many runs are over so far. */
  ends = 0;
  /** The blocks of the arena that entries refer to, by the places of the entries. */
  readonly #blocks = new Map<number, Block>();
  readonly arena: Arena;
  /** How many tasks of each priority have an entry, whether they wait or not. */
  readonly counts: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };

  /** The runs that hold no slot while they wait for children; a run stays until it goes on or its entry is free. */
  readonly suspended = new Set<RunNumber>();

  isAbandoned = false;

  constructor(tellChunk: TellChunk = () => {}) {
    this.arena = new Arena(tellChunk);
  }

  /** Whether there is a free entry. */
  get hasRoom(): boolean {
    return this.#free.length > 0 || this.usedPlaces < ENTRIES;
  }

  /** Whether all entries are free: no thread has to do with a task of the table, or will have. */
  get isEmpty(): boolean {
    return this.#free.length === this.usedPlaces;
  }

  /** The runs that have an entry, in the order of their entries. */
  get runs(): RunNumber[] {
    return arrayFilter(this.#used, (run) => run !== 0);
  }

  /** Gives a task an entry. Ask `hasRoom` first. */
  add(task: TaskHandle): RunNumber {
    const number = nextRun(arrayPop(this.#free) ?? this.usedPlaces++);
    const { priority } = task;
    this.#used[placeOf(number)] = number;
    this.#assignments[placeOf(number)] = { task, number, priority };
    this.counts[priority] += 1;
    task.runNumber = number;
    return number;
  }

  /** Makes the entry of a run refer to a block, which is freed with the entry. */
  refer(run: RunNumber, block: Block, size: number): void {
    refer(this.queue, run, block, size);
    this.#blocks.set(placeOf(run), block);
  }

  /** Forgets all runs: their memory cannot be relied on any more. */
  abandon(): Abandoned {
    const untaken: TaskHandle[] = [];
    const others: TaskHandle[] = [];
    for (const run of each(lastPublished(this.queue))) {
      const assignment = this.find(run);
      if (assignment === null || !withdraw(this.queue, run)) continue;
      arrayPush(untaken, assignment.task);
      this.giveBack(run);
      this.#forget(run);
    }
    for (const run of each(this.runs)) {
      const assignment = this.find(run);
      if (assignment !== null) arrayPush(others, assignment.task);
      this.giveBack(run);
      this.#forget(run);
    }
    for (const place of each(listOf(this.#blocks.keys()))) this.#freeBlock(place); // nothing is written there any more
    this.#used.length = 0;
    this.suspended.clear();
    this.isAbandoned = true;
    return { untaken, others };
  }

  /** The assignment of a run if somebody still waits for its outcome; else null. */
  find(run: RunNumber): Assignment | null {
    const assignment = this.#assignments[placeOf(run)];
    return assignment?.number === run ? assignment : null;
  }

  /** Frees the entry of a run: no thread has to do with it any more. */
  free(run: RunNumber): void {
    if (this.#used[placeOf(run)] !== run) return; // the entry is not in use by this run
    this.#used[placeOf(run)] = 0;
    this.ends += 1;
    this.#forget(run);
    this.suspended.delete(run);
    if (this.#blocks.size > 0) this.#freeBlock(placeOf(run));
    free(this.queue, run);
    arrayPush(this.#free, run);
  }

  /** The block of a run, as this thread has noted it itself; other code cannot overwrite that. */
  blockOf(run: RunNumber): Uint8Array | null {
    return this.#blocks.get(placeOf(run))?.bytes ?? null;
  }

  /**
   * A run does not take place, and no thread has to do with it. If its arguments are in a block, the block belongs to
   * the task again.
   */
  giveBack(run: RunNumber): void {
    const args = this.find(run)?.task.args;
    if (args instanceof WrittenArgs && this.#blocks.delete(placeOf(run))) args.giveBack();
  }

  #freeBlock(place: number): void {
    const block = this.#blocks.get(place);
    if (block === undefined) return;
    this.#blocks.delete(place);
    this.arena.free(block);
  }

  /** Nobody waits for a run any more. The entry is freed when the thread is done with it. */
  drop({ number }: Assignment): void {
    const isOver = stateOf(this.queue, number) === ENDED && kindOf(this.queue, number) === SENT;
    if (isOver) this.free(number);
    else this.#forget(number);
  }

  /**
   * When the function of a task began, in monotonic milliseconds; null if it has not begun or has no entry any more.
   */
  startOf({ runNumber }: TaskHandle): number | null {
    if (runNumber === 0) return null;
    const state = stateOf(this.queue, runNumber);
    const at = state === STARTED || state === ENDED ? startOf(this.queue, runNumber) : 0;
    return at === 0 ? null : pastTime(at);
  }

  /** From now on somebody has to hear of starts; returns the runs that have begun already. */
  watchStarts(): Assignment[] {
    return arrayFilter(
      arrayFilter(this.#assignments, (assignment) => assignment !== null),
      ({ number }) => askForStart(this.queue, number),
    );
  }

  #forget(run: RunNumber): void {
    const assignment = this.find(run);
    if (assignment === null) return;
    assignment.task.runNumber = 0;
    this.counts[assignment.priority] -= 1;
    this.#assignments[placeOf(run)] = null;
  }
}

/** A time that a thread has noted, in monotonic milliseconds; `now` if the noted one cannot be. */
export function pastTime(at: number, now: number = systemClock.now()): number {
  return at >= 0 && at <= now ? at : now;
}
