import { Worker } from 'node:worker_threads';
import { nowUs } from '../jobs.ts';
import { ASLEEP, done, endedAt, parked, PLACES, TAIL, valueAt, WORDS } from '../threads/queue-words.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

const file = new URL('../threads/bare-run-queue-thread.js', import.meta.url);

/** After this time the main thread lets others have their turn. */
const YIELD_US = 1_000;

/**
 * What a queue in shared memory costs without a supervisor: numbers there and back, in order, one function, no
 * priorities, no limits, no errors, nothing that survives a thread.
 */
export const contender: Contender = {
  open({ size }) {
    const queue = new Queue(size);
    return {
      run(job, argument) {
        if (job !== 'increment') throw new Error('a bare run queue can only increment');
        return queue.run(argument);
      },
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => queue.close(),
    };
  },
};

interface Call {
  readonly argument: number;
  readonly resolve: (result: number) => void;
}

class Queue {
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  readonly #threads: readonly Worker[];
  /** How many entries of each thread have been read. */
  readonly #read: number[];
  readonly #calls: (Call | null)[] = Array.from({ length: PLACES }, () => null);
  readonly #waiting: Call[] = [];
  /** How many of those that had to wait have been published. */
  #served = 0;
  #tail = 0;
  #out = 0;
  #isWatching = false;

  constructor(size: number) {
    this.#threads = Array.from(
      { length: size },
      (_, me) => new Worker(file, { workerData: { words: this.#words, me } }),
    );
    this.#read = this.#threads.map(() => 0);
  }

  run(argument: number): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push({ argument, resolve });
      this.#publishAll();
      if (this.#isWatching) return;
      this.#isWatching = true;
      queueMicrotask(() => this.#watch());
    });
  }

  /** Publishes what waits, as long as the place of the next entry is free. */
  #publishAll(): void {
    while (this.#served < this.#waiting.length && this.#calls[this.#tail & (PLACES - 1)] === null) {
      this.#publish(this.#waiting[this.#served]!);
      this.#served += 1;
    }
    if (this.#served < this.#waiting.length) return;
    this.#waiting.length = 0;
    this.#served = 0;
  }

  #publish(call: Call): void {
    this.#out += 1;
    this.#calls[this.#tail & (PLACES - 1)] = call;
    this.#words[valueAt(this.#tail)] = call.argument;
    this.#tail = (this.#tail + 1) | 0;
    Atomics.store(this.#words, TAIL, this.#tail);
    for (let thread = 0; thread < this.#threads.length; thread += 1) {
      if (Atomics.compareExchange(this.#words, parked(thread), 1, 0) !== 1) continue;
      Atomics.notify(this.#words, parked(thread));
      return;
    }
  }

  /** Reads what has ended, and sleeps until more has. */
  #watch(): void {
    const end = nowUs() + YIELD_US;
    while (this.#readAll() > 0) if (nowUs() > end) return void setImmediate(() => this.#watch());
    if (this.#out === 0) {
      this.#isWatching = false;
      return;
    }
    Atomics.store(this.#words, ASLEEP, 1);
    if (this.#readAll() > 0) return void setImmediate(() => this.#watch());
    const { async, value } = Atomics.waitAsync(this.#words, ASLEEP, 1);
    if (async) void value.then(() => this.#watch());
    else setImmediate(() => this.#watch());
  }

  #readAll(): number {
    let count = 0;
    for (let thread = 0; thread < this.#read.length; thread += 1) {
      const until = Atomics.load(this.#words, done(thread));
      for (let at = this.#read[thread]!; at !== until; at = (at + 1) | 0) {
        this.#ended(this.#words[endedAt(thread, at)]!);
        count += 1;
      }
      this.#read[thread] = until;
    }
    return count;
  }

  #ended(entry: number): void {
    const call = this.#calls[entry & (PLACES - 1)]!;
    this.#calls[entry & (PLACES - 1)] = null;
    this.#out -= 1;
    call.resolve(this.#words[valueAt(entry)]!);
    this.#publishAll();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(async (thread) => thread.terminate()));
  }
}
