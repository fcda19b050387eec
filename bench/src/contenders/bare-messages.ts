import { Worker } from 'node:worker_threads';
import type { Job } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

const file = new URL('../threads/bare-thread.js', import.meta.url);

/** What a message per task costs without a pool: no backlog, no limits, no error handling. */
export const contender: Contender = {
  open({ size }) {
    const all = Array.from({ length: size }, () => new BareThread());
    return {
      run: (job, argument) => all.reduce((best, one) => (one.size < best.size ? one : best)).run(job, argument),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => void (await Promise.all(all.map((thread) => thread.worker.terminate()))),
    };
  },
};

/** Answers come in the order of the questions. */
class BareThread {
  readonly worker = new Worker(file);
  readonly #waiting: ((result: number) => void)[] = [];
  #answered = 0;

  constructor() {
    this.worker.on('message', (result: number) => {
      this.#waiting[this.#answered]!(result);
      this.#answered += 1;
    });
  }

  get size(): number {
    return this.#waiting.length - this.#answered;
  }

  run(job: Job, argument: number): Promise<number> {
    this.worker.postMessage([job, argument]);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
