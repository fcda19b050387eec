import type { Alarm, Alarms, Clock } from '../../../common/clock.ts';
import { Map, Math } from '../../../platform/primordials.ts';
import type { Oddities } from '../../run-queue/soundness.ts';

/** The shared memory of a pool, as far as it matters here. */
export interface WatchedMemory {
  /** Whether tasks are there that have not ended, or wait for room there. */
  readonly isInUse: boolean;
  /** Reads what has ended, also if nobody was told of it. */
  catchUp(): void;
  /** Whether something stands there that can never be. */
  readonly isDamaged: boolean;
  /** What can be so only for a moment. */
  oddities(): Oddities;
}

/** What is odd at so many looks in a row is damage. */
const LOOKS = 10;
const LONGEST_PAUSE_MS = 1_000;

/** So many times in a row may what an earlier task has left in threads be why they take none. */
const MOST_UNTAKEN = 1;

/** What is odd, and at how many looks in a row it has been so. */
interface Odd {
  readonly what: number;
  readonly looks: number;
}

/**
 * Notices that code in a thread has overwritten the memory in which tasks wait. It looks at it once a second while
 * tasks are there, and takes what is so only for a moment for damage if it stays like that.
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

  /** Looks in a while, and so often that what stays odd is noticed within `patienceMs`, or ten seconds. */
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

  /** Members that could take a task did not, and are replaced. If those that replace them do not either, it is no use. */
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
