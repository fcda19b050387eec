import type { Connection } from './connection.ts';
import { machineMs, type KeptClock } from './clock.ts';
import type { SqlText } from './driver.ts';
import { fromSql } from './text.ts';

/** Whom a transaction concerns: they are told after the commit. */
export interface Concerned {
  /** There are tasks to claim. */
  readonly work: boolean;
  /** Programs that have to look at the file: their tasks have ended, or their claims are lost or cancelled. */
  readonly programs: ReadonlySet<string>;
}

/** One transaction: what time it is in it, the numbers that it gives, and whom it concerns. */
export class Turn implements Concerned {
  /** Milliseconds of the clock of the store. */
  readonly now: number;
  /** When a program last said that it lives, before this transaction. */
  readonly seen: number;
  /** Whether it has ended a task by itself, which must be as durable as any end. */
  mustLast = false;
  work = false;
  readonly programs = new Set<string>();
  readonly #connection: Connection;
  readonly #lastBefore: number;
  #last: number;
  #recovered = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    const kept = connection.sql('SELECT last, clock_offset, seen FROM store').get() as KeptClock & { last: number };
    this.seen = kept.seen;
    this.#lastBefore = kept.last;
    this.#last = kept.last;
    this.now = Math.floor(machineMs() + kept.clock_offset);
  }

  /** A number that is larger than all before: a place in line, or a token. */
  next(): number {
    return ++this.#last;
  }

  concerns(program: SqlText | null): void {
    if (program !== null) this.programs.add(fromSql(program));
  }

  recovered(): void {
    this.#recovered++;
  }

  /** Writes what the transaction has counted. */
  finish(): void {
    if (this.#last === this.#lastBefore && this.#recovered === 0) return;
    this.#connection.sql('UPDATE store SET last = ?, recovered = recovered + ?').run(this.#last, this.#recovered);
  }
}
