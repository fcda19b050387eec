import { systemClock } from '../clock.ts';
import type { QueueSeat } from '../role.ts';
import type { Address } from '../call.ts';
import { exactText } from '../wire/exact-text.ts';
import type { FromMember } from '../wire/frames.ts';
import {
  definitionOf,
  FETCH,
  fits,
  flagsOf,
  NOTHING,
  openRunQueue,
  readText,
  SENT,
  sequenceOf,
  tellsStart,
  writeKind,
  writeSentBefore,
  writeText,
  type RunNumber,
  type RunQueue,
} from '../run-queue/memory.ts';
import { begin, end, newTaker, priorityOf, tellEnd, type Taker } from '../run-queue/taker.ts';
import { textOf } from '../wire/values.ts';
import { Puller, type PullHost } from './pull.ts';
import { Run, type RunPort } from './run.ts';
import { outputLength } from './output.ts';

/** What the runs of a queue need of their thread. */
export interface QueueHost extends RunPort {
  readonly isBusy: boolean;
  address(definition: number): Address;
  isTooOldFor(address: Address): boolean;
  start(run: Run, args: string): void;
  post(frame: FromMember): void;
}

/** Runs that this thread takes from the run queue: what stands in their entries, and what becomes of it. */
export class QueueWork implements PullHost {
  readonly puller: Puller;
  readonly #queue: RunQueue;
  readonly #taker: Taker;
  readonly #idPrefix: string;
  readonly #host: QueueHost;
  /** How many outcomes were sent so far. */
  #sent = 0;
  /** When the run at hand was taken, if it begins at once; else 0. */
  #takenAt = 0;
  /** Whether it waits for the arguments of what it has taken. */
  isFetching = false;
  /** Whether it has taken what only a newer thread can run: it is to be retired. */
  isTooOld = false;

  constructor({ memory, slot, idPrefix }: QueueSeat, host: QueueHost) {
    this.#queue = openRunQueue(memory);
    this.#taker = newTaker(slot);
    this.#idPrefix = idPrefix;
    this.#host = host;
    this.puller = new Puller(this.#queue, this.#taker, this);
  }

  get isBusy(): boolean {
    return this.#host.isBusy;
  }

  startTaken(now: number): void {
    const { run } = this.#taker;
    const address = this.#host.address(definitionOf(this.#queue, run));
    this.isTooOld = this.#host.isTooOldFor(address);
    if (this.isTooOld) return this.#host.post({ type: 'tooOld', run });
    if ((flagsOf(this.#queue, run) & FETCH) !== 0) return this.#fetch(run);
    const id = this.#idPrefix + sequenceOf(this.#queue, run);
    this.#takenAt = now;
    const head = { run, id, name: address.name, priority: priorityOf(this.#taker) };
    this.#host.start(new Run(head, address, this.#host), readText(this.#queue, run));
    this.#takenAt = 0;
  }

  /** The rest of this run comes over the channel. */
  #fetch(run: RunNumber): void {
    this.isFetching = true;
    this.#host.post({ type: 'fetch', run });
  }

  /** Whether the pool is to be told at once that the run has begun. */
  get tellsStart(): boolean {
    return tellsStart(this.#queue, this.#taker.run);
  }

  /** The function of a run begins; gives the time, in monotonic milliseconds. */
  begin(): number {
    const at = this.#takenAt === 0 ? systemClock.now() : this.#takenAt; // if it had to wait for its module
    this.isFetching = false;
    begin(this.#queue, this.#taker, at);
    return at;
  }

  /** Leaves a result in the entry; false if it has to be sent. */
  complete(run: Run, result: unknown): boolean {
    if (run.hasSent || outputLength() > 0) return false;
    if (result === undefined) writeKind(this.#queue, run.number, NOTHING);
    else {
      const text = textOf(() => exactText(result));
      if (text === null || !fits(text)) return false;
      writeText(this.#queue, run.number, text);
    }
    writeSentBefore(this.#queue, run.number, this.#sent);
    end(this.#queue, this.#taker);
    tellEnd(this.#queue, run.number);
    return true;
  }

  /** Sends the outcome of this run. What cannot be cloned is not sent, and not counted. */
  send(run: RunNumber, post: () => void): void {
    this.#leave(run);
    post();
    this.#sent = (this.#sent + 1) | 0;
  }

  #leave(run: RunNumber): void {
    this.isFetching = false;
    writeKind(this.#queue, run, SENT);
    end(this.#queue, this.#taker);
  }

  /** The run that it waits for does not take place. */
  drop(): void {
    const { run } = this.#taker;
    this.#leave(run);
    tellEnd(this.#queue, run);
    this.puller.resume();
  }
}
