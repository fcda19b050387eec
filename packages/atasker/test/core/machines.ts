import { Admission, type Offer } from '../../src/core/admission.ts';
import type { Limits } from '../../src/core/limits.ts';
import type { Priority } from '../../src/core/priority.ts';
import { RunTable } from '../../src/pool/dispatch/taken/run-table.ts';
import { SharedOffer } from '../../src/pool/dispatch/taken/shared-offer.ts';
import { bury, lower, openSeat } from '../../src/pool/run-queue/publisher.ts';
import { begin, end, newTaker, take, type Taker } from '../../src/pool/run-queue/taker.ts';
import type { NumberedEntry } from './entries.ts';

/** Who starts what admission lets start, and ends it. */
export interface Machine {
  readonly admission: Admission<NumberedEntry>;
  /** The next task, with its slot, or null. */
  takeNext(): NumberedEntry | null;
  /** What runs has ended. */
  end(entry: NumberedEntry): void;
  /** What was started has not begun, and waits again: before all others of its priority, or as a new task (false). */
  giveBack(entry: NumberedEntry): boolean;
}

/** The thread of the supervisor decides, and sends each task to a member. */
export function decidedHere(limits: Limits): Machine {
  const admission = new Admission<NumberedEntry>(limits);
  return {
    admission,
    takeNext: () => admission.takeNext(),
    end: (entry) => admission.release(entry),
    giveBack: (entry) => {
      admission.giveBack(entry);
      return true;
    },
  };
}

/** Threads take by themselves, from memory that they share. */
export class TakenThere implements Machine {
  readonly admission: Admission<NumberedEntry>;
  readonly #table = new RunTable();
  readonly #queue = this.#table.queue;
  readonly #idle: Taker[] = [];
  readonly #busy = new Map<NumberedEntry, Taker>();
  #threads = 0;

  /** @param accepts which tasks threads take; the caller of admission starts the others */
  constructor(limits: Limits, accepts: (entry: { priority: Priority }) => boolean = () => true) {
    const host = { idPrefix: 'task-', accepts, wantsStart: () => false, defined: () => {} };
    const offer: unknown = new SharedOffer(
      host,
      this.#table,
      () => {},
      () => {},
    );
    this.admission = new Admission(limits, offer as Offer<NumberedEntry>);
  }

  takeNext(): NumberedEntry | null {
    this.admission.publish();
    const taker = this.#idle.pop() ?? this.#newThread();
    const run = take(this.#queue, taker);
    if (run === 0) {
      this.#idle.push(taker);
      return null;
    }
    begin(this.#queue, taker, 0);
    const entry: unknown = this.#table.find(run)!.task;
    this.#busy.set(entry as NumberedEntry, taker);
    return entry as NumberedEntry;
  }

  #newThread(): Taker {
    this.#threads += 1;
    openSeat(this.#queue, this.#threads);
    return newTaker(this.#threads);
  }

  /** In shared memory it goes behind the children that are there already. */
  giveBack(entry: NumberedEntry): boolean {
    this.end(entry);
    this.admission.queue(entry);
    return false;
  }

  /** Every other thread dies of it. */
  end(entry: NumberedEntry): void {
    const taker = this.#busy.get(entry)!;
    this.#busy.delete(entry);
    if (entry.id % 2 === 0) bury(this.#queue, taker.seat, this.#table.usedPlaces);
    else end(this.#queue, taker);
    lower(this.#queue, taker.seat, taker.run); // of a child: when all that follows from its end is done
    this.#table.free(taker.run);
    openSeat(this.#queue, taker.seat);
    this.#idle.push(taker);
  }
}
