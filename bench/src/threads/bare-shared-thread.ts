import { workerData } from 'node:worker_threads';
import { increment, nowUs } from '../jobs.ts';
import { ANSWERED, ARGUMENT, ASKED, RESULT } from './shared-words.ts';

const SPIN_US = 20;

const words = workerData as Int32Array;

for (let answered = 0; ; answered += 1) {
  waitForCall(answered);
  words[RESULT] = increment(words[ARGUMENT]!);
  Atomics.store(words, ANSWERED, answered + 1);
  Atomics.notify(words, ANSWERED);
}

function waitForCall(answered: number): void {
  const end = nowUs() + SPIN_US;
  while (nowUs() < end) if (Atomics.load(words, ASKED) !== answered) return;
  while (Atomics.load(words, ASKED) === answered) Atomics.wait(words, ASKED, answered);
}
