import { noContext, systemClock } from '../clock.ts';
import {
  kindOf,
  ownerOf,
  readText,
  sentBefore,
  startOf,
  TEXT,
  type RunNumber,
  type RunQueue,
} from '../run-queue/memory.ts';
import { armBell, hasEnded, ringBell, takeEnded } from '../run-queue/publisher.ts';
import type { Outcome } from '../task.ts';
import { fromExactText } from '../wire/exact-text.ts';
import type { Hold } from './holds.ts';
import type { PoolMember } from './member.ts';
import type { RunTable } from './run-table.ts';

/** A result that has been read and not been reported yet. */
interface Arrived {
  readonly hold: Hold;
  readonly member: PoolMember;
  readonly startedAt: number;
  readonly outcome: Outcome;
  /** How many outcomes its thread had sent before it. */
  readonly sent: number;
}

/** What the results need of their pool. */
export interface ResultsHost {
  /** The thread of a slot, while it is there. */
  memberAt(slot: number): PoolMember | null;
  /** Whether a result may still come. */
  readonly mayCome: boolean;
  /** Calls back, and asks for one turn of the pump after it. */
  together(report: () => void): void;
}

/** So many results at most are reported in one turn of the event loop. */
const MOST_AT_ONCE = 512;

/**
 * After a short task, while others are out, so many turns of the event loop look for the next result before it sleeps
 * until the bell rings: to be woken takes longer than a short task.
 */
const LOOKS = 32;

/** A task that has begun longer ago was not short. */
const SHORT_MS = 0.1;

/** Results that threads leave in the entries of their tasks. */
export class SharedResults {
  readonly #host: ResultsHost;
  readonly #table: RunTable;
  readonly #queue: RunQueue;
  #arrived: Arrived[] = [];
  #reported = 0;
  #isListening = false;
  #isCatchingUp = false;
  #looksLeft = 0;

  constructor(host: ResultsHost, table: RunTable) {
    this.#host = host;
    this.#table = table;
    this.#queue = table.queue;
  }

  /** Hears of results from now on: the bell rings with the first that comes after it was armed. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    noContext.runInAsyncScope(() => {
      const rung = armBell(this.#queue);
      if (rung === null) setImmediate(() => this.#turn());
      else void rung.then(() => this.#turn());
    });
    if (hasEnded(this.#queue)) ringBell(this.#queue);
  }

  #turn(): void {
    this.#report(MOST_AT_ONCE);
    if (this.#arrived.length > 0 || hasEnded(this.#queue) || this.#looksOnceMore()) {
      noContext.runInAsyncScope(() => setImmediate(() => this.#turn()));
      return;
    }
    this.#isListening = false;
    if (this.#host.mayCome) this.listen();
  }

  /** Whoever has just heard of a result may call the next task. */
  #looksOnceMore(): boolean {
    const hasJustReported = this.#looksLeft === LOOKS;
    if (this.#looksLeft === 0 || (this.#table.isEmpty && !hasJustReported)) return false;
    this.#looksLeft -= 1;
    return true;
  }

  /** Reads what has ended, so that its entries are free. Calls nobody. */
  collect(): void {
    for (const run of takeEnded(this.#queue)) this.read(run);
  }

  read(run: RunNumber): void {
    const hold = this.#table.find(run);
    const member = this.#host.memberAt(ownerOf(this.#queue, run));
    if (hold !== null && member !== null) {
      const value = kindOf(this.#queue, run) === TEXT ? fromExactText(readText(this.#queue, run)) : undefined;
      this.#arrived.push({
        hold,
        member,
        startedAt: startOf(this.#queue, run),
        outcome: { kind: 'completed', value },
        sent: sentBefore(this.#queue, run),
      });
    }
    this.#table.free(run);
  }

  /** Reports all that has arrived. */
  readArrived(): void {
    this.#report(Infinity);
  }

  #report(most: number): void {
    this.collect();
    if (this.#arrived.length === 0) return;
    this.#host.together(() => {
      for (let count = 0; count < most && this.#reported < this.#arrived.length; count += 1) {
        const first = this.#arrived[this.#reported]!;
        if (isBehind(first)) {
          if (this.#isCatchingUp || first.member.isHandling) return; // what goes before it is just being read
          this.#catchUp(first.member);
          if (this.#arrived[this.#reported] !== first) continue; // it has been reported meanwhile
        }
        this.#reported += 1;
        if (systemClock.now() - first.startedAt < SHORT_MS) this.#looksLeft = LOOKS;
        const { hold, member, startedAt, outcome } = first;
        member.arrived(hold, startedAt, outcome); // whoever hears of it may lead to here again
      }
    });
    if (this.#reported === this.#arrived.length) {
      this.#arrived = [];
      this.#reported = 0;
    }
  }

  /** Reads what a thread has sent. */
  #catchUp(member: PoolMember): void {
    this.#isCatchingUp = true;
    try {
      member.readFrames();
    } finally {
      this.#isCatchingUp = false;
    }
  }

  /** Nothing is to be waited for. */
  close(): void {
    ringBell(this.#queue);
  }
}

/** Whether its thread has sent outcomes before it that have not been read. */
function isBehind({ member, sent }: Arrived): boolean {
  return ((sent - member.outcomesRead) | 0) > 0;
}
