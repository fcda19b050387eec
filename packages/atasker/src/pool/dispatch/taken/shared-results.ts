import { noContext, systemClock } from '../../../common/clock.ts';
import { arrayPush, promiseThen } from '../../../platform/methods.ts';
import { runInScope, setImmediate } from '../../../platform/node.ts';
import { Uint8Array } from '../../../platform/primordials.ts';
import type { Outcome } from '../../../task/outcome.ts';
import { outcomeOfBytes, outcomeOfText } from '../../../wire/outcome.ts';
import type { Assignment } from '../../conversations/run/assignments.ts';
import type { PoolMember } from '../../member/member.ts';
import { readBlockText } from '../../run-queue/block-text.ts';
import { Looks } from '../../run-queue/looks.ts';
import {
  BYTES_IN_BLOCK,
  ENDED,
  IN_BLOCK,
  kindOf,
  lengthOf,
  NOTHING,
  NUMBER,
  ownerOf,
  readNumber,
  readText,
  ROOM,
  sentBefore,
  startOf,
  stateOf,
  TEXT,
  type RunNumber,
  type RunQueue,
} from '../../run-queue/memory.ts';
import { armBell, hasEnded, isBellArmed, muffleBell, takeEnded } from '../../run-queue/publisher.ts';
import { ringBell } from '../../run-queue/wake.ts';
import { pastTime, type RunTable } from './run-table.ts';

/** A result that has been read, but not reported yet. */
interface Arrived {
  readonly assignment: Assignment;
  readonly member: PoolMember;
  readonly startedAt: number;
  readonly outcome: Outcome;
  /** How many outcomes the thread had sent over its channel before this result. */
  readonly sent: number;
}

/** What the results need from their pool. */
export interface ResultsOwner {
  /** The member of a seat; null if nobody has the seat. */
  memberAt(seat: number): PoolMember | null;
  /** Whether a result may still come. */
  readonly mayCome: boolean;
  /** Calls back, and asks for one turn of the pump after it. */
  together(report: () => void): void;
}

/** Largest number of results that are reported in one turn of the event loop. */
const MOST_AT_ONCE = 512;

/**
 * No further result is read in one turn of the event loop after results of so many bytes: who gets them may call the
 * next tasks, for which threads wait.
 */
const MOST_BYTES_AT_ONCE = 4_096;

/**
 * How many turns of the event loop look for the next result after a short task, while other tasks are out, before the
 * event loop sleeps until the bell rings: to be woken takes longer than a short task.
 */
const LOOKS = 32;

/** Stands for a damaged result: no value has this text. */
const DAMAGED = '{';

/** A task that began longer ago than this, in milliseconds, was not short. */
const SHORT_MS = 0.1;

/** Reads and reports the results that threads leave in the entries of their tasks. */
export class SharedResults {
  readonly #owner: ResultsOwner;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  /** Runs that threads have told of, the oldest first, from the index `#read` on. The others have been read. */
  #ended: RunNumber[] = [];
  #read = 0;
  #arrived: Arrived[] = [];
  #reported = 0;
  #isListening = false;
  /** How many times the bell has been waited for; a callback with an older number is ignored. */
  #bell = 0;
  #isCatchingUp = false;
  #looksLeft = 0;
  readonly #looks = new Looks();
  /** Whether the current turn of the event loop only looks, without a ring of the bell. */
  #isLooking = false;

  constructor(owner: ResultsOwner, table: RunTable) {
    this.#owner = owner;
    this.#table = table;
    this.#queue = table.queue;
  }

  /** Waits for results from now on: the bell rings with the first result after it was armed. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    runInScope(noContext, () => {
      const bell = (this.#bell += 1);
      const rung = armBell(this.#queue);
      if (rung === null) setImmediate(() => this.#rung(bell));
      else void promiseThen(rung, () => this.#rung(bell));
    });
    if (hasEnded(this.#queue)) ringBell(this.#queue);
  }

  #rung(bell: number): void {
    if (bell === this.#bell) this.#turn();
  }

  /** Looks for results, also if the bell cannot ring any more. */
  catchUp(): void {
    this.readArrived();
    if (!this.#isListening || isBellArmed(this.#queue)) return;
    this.#bell += 1; // the bell has rung at this moment, or other code has overwritten it
    this.#turn();
  }

  #turn(): void {
    const hasReported = this.#report(MOST_AT_ONCE);
    if (this.#isLooking && hasReported) this.#looks.found();
    const hasMore = this.#arrived.length > 0 || this.#ended.length > 0 || hasEnded(this.#queue);
    this.#isLooking = !hasMore && this.#looksOnceMore();
    if (hasMore || this.#isLooking) {
      const bell = this.#bell;
      runInScope(noContext, () => setImmediate(() => this.#rung(bell)));
      return;
    }
    this.#isListening = false;
    if (this.#owner.mayCome) this.listen();
  }

  /**
   * Whether to look once more before sleeping; also if no task is out: user code that has just got a result may call
   * the next one.
   */
  #looksOnceMore(): boolean {
    const hasJustReported = this.#looksLeft === LOOKS;
    if (this.#looksLeft === 0 || (this.#table.isEmpty && !hasJustReported)) return false;
    const isWorthIt = !hasJustReported || this.#looks.isWorthIt();
    this.#looksLeft = isWorthIt ? this.#looksLeft - 1 : 0;
    return isWorthIt;
  }

  /**
   * Reads the results of runs that have ended, so that their entries are free, until it has read so many bytes. Calls no
   * callback.
   */
  collect(mostBytes: number = Infinity): void {
    const ended = takeEnded(this.#queue);
    if (this.#ended.length === 0) this.#ended = ended;
    else for (let at = 0; at < ended.length; at += 1) arrayPush(this.#ended, ended[at]!);
    if (this.#ended.length === 0) return;
    const now = systemClock.now(); // they had all begun by now
    let bytes = 0;
    for (; this.#read < this.#ended.length && bytes < mostBytes; this.#read += 1) {
      bytes += this.read(this.#ended[this.#read]!, now);
    }
    if (this.#read < this.#ended.length) return;
    this.#ended = [];
    this.#read = 0;
  }

  /**
   * Reads the result of a run, and gives its size in bytes. An entry that is not ENDED any more stays as it is: other
   * code has overwritten it.
   */
  read(run: RunNumber, now: number = systemClock.now()): number {
    if (stateOf(this.#queue, run) !== ENDED) return 0;
    const size = sizeOf(this.#queue, run);
    const assignment = this.#table.find(run);
    const member = this.#owner.memberAt(ownerOf(this.#queue, run));
    if (assignment !== null) {
      if (member === null) return 0;
      arrayPush(this.#arrived, {
        assignment,
        member,
        startedAt: pastTime(startOf(this.#queue, run), now),
        outcome: this.#outcomeOf(run),
        sent: sentBefore(this.#queue, run),
      });
    }
    this.#table.free(run);
    return size;
  }

  /** The outcome that a thread has left for a run. The thread may have written anything. */
  #outcomeOf(run: RunNumber): Outcome {
    const kind = kindOf(this.#queue, run);
    if (kind === NUMBER) return { kind: 'completed', value: readNumber(this.#queue, run) };
    const size = lengthOf(this.#queue, run);
    if (kind === TEXT) return outcomeOfText(size >= 0 && size <= ROOM ? readText(this.#queue, run) : DAMAGED);
    if (kind !== IN_BLOCK && kind !== BYTES_IN_BLOCK) return outcomeOfText(kind === NOTHING ? '' : DAMAGED);
    const block = this.#table.blockOf(run);
    if (block === null || !(size >= 0 && size <= block.byteLength)) return outcomeOfText(DAMAGED);
    if (kind === BYTES_IN_BLOCK) return outcomeOfBytes(new Uint8Array(block.buffer, block.byteOffset, size));
    const { text, isJson } = readBlockText(block, size);
    return isJson ? outcomeOfText(text) : { kind: 'completed', value: text };
  }

  /** Reports all results that have arrived. */
  readArrived(): void {
    this.#report(Infinity);
  }

  /** Reports at most `most` results; false if there was none. */
  #report(most: number): boolean {
    this.collect(most === Infinity ? Infinity : MOST_BYTES_AT_ONCE);
    if (this.#arrived.length === 0) return false;
    this.#owner.together(() => {
      for (let count = 0; count < most && this.#reported < this.#arrived.length; count += 1) {
        const first = this.#arrived[this.#reported]!;
        if (isBehind(first)) {
          if (this.#isCatchingUp || first.member.isReadingResults) return; // the frames before it are just being read
          this.#catchUp(first.member);
          if (this.#arrived[this.#reported] !== first) continue; // the result was reported meanwhile
        }
        this.#reported += 1;
        if (this.#looksLeft < LOOKS && systemClock.now() - first.startedAt < SHORT_MS) this.#looksLeft = LOOKS;
        const { assignment, member, startedAt, outcome } = first;
        if (outcome.kind === 'failed') member.lose(outcome.error as Error); // nothing else from it can be trusted
        member.runs.arrived(assignment, startedAt, outcome); // who hears of the outcome may call this again
      }
    });
    if (this.#reported === this.#arrived.length) {
      this.#arrived = [];
      this.#reported = 0;
    }
    return true;
  }

  /** Reads the frames that a member has sent. */
  #catchUp(member: PoolMember): void {
    this.#isCatchingUp = true;
    try {
      member.readFrames();
    } finally {
      this.#isCatchingUp = false;
    }
  }

  /** Disarms the bell: nothing is to be waited for. */
  close(): void {
    muffleBell(this.#queue);
  }
}

/** The size of a result in bytes. */
function sizeOf(queue: RunQueue, run: RunNumber): number {
  const kind = kindOf(queue, run);
  if (kind === NUMBER) return 8;
  return kind === NOTHING ? 0 : lengthOf(queue, run);
}

/** Whether the thread has sent outcomes before this result that have not been read yet. */
function isBehind({ member, sent }: Arrived): boolean {
  return ((sent - member.runs.outcomesRead) | 0) > 0;
}
