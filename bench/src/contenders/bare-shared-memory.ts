/**
 * The raw round trip through shared memory, for one call at a time: a number there, a wake-up, a number back.
 * The thread looks for a moment before it sleeps, as one that just had work does; the main thread never blocks.
 */
import { Worker } from 'node:worker_threads';
import { noPriorities, noValues, type Contender } from './contender.ts';
import { ANSWERED, ARGUMENT, ASKED, RESULT, WORDS } from '../threads/shared-words.ts';

const file = new URL('../threads/bare-shared-thread.js', import.meta.url);

export const contender: Contender = {
  open() {
    const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
    const thread = new Worker(file, { workerData: words });
    return {
      async run(job, argument) {
        if (job !== 'increment') throw new Error('bare shared memory can only increment');
        const call = Atomics.load(words, ASKED) + 1;
        words[ARGUMENT] = argument;
        Atomics.store(words, ASKED, call);
        Atomics.notify(words, ASKED);
        while (Atomics.load(words, ANSWERED) !== call) {
          const { async, value } = Atomics.waitAsync(words, ANSWERED, call - 1);
          if (async) await value;
        }
        return words[RESULT]!;
      },
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => void (await thread.terminate()),
    };
  },
};
