import type { Alarm, Alarms, Clock } from '../../../common/clock.ts';
import { Map, Math } from '../../../platform/primordials.ts';
import type { Oddities } from '../../run-queue/soundness.ts';

/** The part of the shared memory of a pool that the watch needs. */
export interface WatchedMemory {
  /** Whether tasks that have not ended are in the memory, or wait for room in it. */
  readonly isInUse: boolean;
  /** Reads the results of tasks that have ended, also if the bell did not tell of them. */
  catchUp(): void;
  /** Whether the memory holds something that can never be. */
  readonly isDamaged: boolean;
  /** The states in the memory that are normal only for a moment. */
  oddities(): Oddities;
}

/** An oddity that this many looks in a row have seen counts as damage. */
const LOOKS = 10;
const LONGEST_PAUSE_MS = 1_000;

/**
 * How often in a row threads may take no task because of what an earlier task has left in them; after that the memory
 * is to blame.
 */
const MOST_UNTAKEN = 1;

/** An oddity, and the number of looks in a row that have seen it. */
interface Odd {
  readonly what: number;
  readonly looks: number;
}

/**
 * Notices when code in a thread has overwritten the memory in which tasks wait. The watch looks at the memory once a
 * second while tasks are there. A state that is normal only for a moment counts as damage if it stays.
 */
export class MemoryWatch {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #memory: WatchedMemory;
  readonly #damaged: () => void;
  #alarm: Alarm | null = null;
  #isOver = false;
  /** How many times in a row members that could take a task did not. */
  #untaken = 0;
  #odd = new Map<number, Odd>();

  constructor(clock: Clock, alarms: Alarms, memory: WatchedMemory, damaged: () => void) {
    this.#clock = clock;
    this.#alarms = alarms;
    this.#memory = memory;
    this.#damaged = damaged;
  }

  /** Looks in a while, and so often that a lasting oddity is noticed within `patienceMs`, but at most ten seconds. */
  watch(patienceMs: number): void {
    if (this.#alarm !== null || this.#isOver) return;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, patienceMs / LOOKS);
    this.#alarm = this.#alarms.at(this.#clock.now() + pauseMs, () => {
      this.#alarm = null;
      this.look();
      if (this.#memory.isInUse) this.watch(patienceMs);
    });
  }

  /** Looks now. */
  look(): void {
    if (this.#isOver) return;
    this.#memory.catchUp();
    if (this.#memory.isDamaged || this.#staysOdd()) this.#end();
  }

  /**
   * Members that could take a task did not, and are replaced. If their replacements do not either, the memory is to
   * blame.
   */
  untaken(): void {
    this.#untaken += 1;
    if (this.#untaken > MOST_UNTAKEN && !this.#isOver) this.#end();
  }

  /** A task has ended. */
  taken(): void {
    this.#untaken = 0;
  }

  #end(): void {
    this.close();
    this.#isOver = true;
    this.#damaged();
  }

  #staysOdd(): boolean {
    const odd = new Map<number, Odd>();
    let most = 0;
    for (const oddity of this.#memory.oddities()) {
      const { 0: about, 1: what } = oddity;
      const before = this.#odd.get(about);
      const looks = before?.what === what ? before.looks + 1 : 1;
      odd.set(about, { what, looks });
      most = Math.max(most, looks);
    }
    this.#odd = odd;
    return most >= LOOKS;
  }

  close(): void {
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
  }
}
