import { noContext, systemClock } from '../../common/clock.ts';
import { arrayPush, each } from '../../platform/methods.ts';
import { newBytes, runInScope, setImmediate } from '../../platform/node.ts';
import { writeEncoded, type Encoded } from '../../wire/bytes.ts';
import {
  doneLine,
  bytesFitLine,
  fitsLine,
  readPrefetched,
  startedLine,
  type PrefetchedRun,
} from '../channels/lines.ts';
import type { LinesToPool } from '../channels/role.ts';
import { outputLength } from '../conversations/output/thread-end.ts';
import type { PrefetchFrame } from '../frames/run.ts';
import type { Run } from '../conversations/run/thread-end.ts';
import { YIELD_MS } from './pull.ts';

/** What prefetched runs need from their process. */
export interface PrefetchedWorkOwner {
  /** Whether the process executes a run, or must not begin another one. */
  readonly isBusy: boolean;
  startPrefetched(run: PrefetchedRun, idPrefix: string): void;
}

/** What a process begins and ends without a message for each run: prefetched runs, and what lines tell of all runs. */
export class PrefetchedWork {
  readonly #lines: LinesToPool;
  readonly #owner: PrefetchedWorkOwner;
  #waiting: PrefetchedRun[] = [];
  #begun = 0;
  #idPrefix = '';
  #startedAt = 0;
  #isGoing = false;
  #isScheduled = false;

  constructor(lines: LinesToPool, owner: PrefetchedWorkOwner) {
    this.#lines = lines;
    this.#owner = owner;
  }

  add({ idPrefix, runs, others }: PrefetchFrame): void {
    this.#idPrefix = idPrefix;
    for (const run of each(readPrefetched(runs, others))) arrayPush(this.#waiting, run);
    this.resume();
  }

  /** Tells that the function of a run begins at this time, in monotonic milliseconds. */
  begin(run: Run, at: number): void {
    this.#startedAt = at;
    this.#lines.tell(startedLine(run.number, this.#startedAt));
    this.#lines.flush();
  }

  /** Tells a result in a line, as its text or its bytes; false if the result has to be sent in a message. */
  complete(run: Run, text: string | null, bytes: Encoded | null): boolean {
    if (outputLength() > 0) return false;
    if (text === null ? bytes === null || !bytesFitLine(bytes.size) : !fitsLine(text)) return false;
    run.endProgress();
    this.#lines.tell(doneLine(run.number, this.elapsedMs(), text ?? inOnePiece(bytes!)));
    return true;
  }

  /** How long the current run takes so far, in milliseconds. */
  elapsedMs(): number {
    return systemClock.now() - this.#startedAt;
  }

  /** Begins the runs that wait. Called when the run before them is over. */
  resume(): void {
    if (this.#isGoing || this.#isScheduled) return;
    this.#isGoing = true;
    try {
      runInScope(noContext, () => this.#startAll());
    } finally {
      this.#isGoing = false;
      this.#lines.flush();
    }
  }

  #startAll(): void {
    const yieldAt = systemClock.now() + YIELD_MS;
    while (!this.#owner.isBusy && this.#begun < this.#waiting.length) {
      if (systemClock.now() > yieldAt) return this.#schedule();
      const next = this.#waiting[this.#begun++]!;
      if (this.#begun === this.#waiting.length) {
        this.#waiting = [];
        this.#begun = 0;
      }
      if (this.#lines.claim(next.run)) this.#owner.startPrefetched(next, this.#idPrefix);
    }
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.resume();
    });
  }
}

function inOnePiece(encoded: Encoded): Uint8Array {
  const bytes = newBytes(encoded.size);
  writeEncoded(encoded, bytes);
  return bytes;
}
