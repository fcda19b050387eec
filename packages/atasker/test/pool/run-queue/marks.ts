import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { backgroundTask } from 'atasker';
import { waitAt, type Gate } from '../../support/gate.ts';

const NAME = 'atasker.test.marks';

/** What tasks have noted when they began, in that order. */
export interface Marks {
  /** The number of notes, and then the notes. */
  readonly words: Int32Array;
}

/** Memory for so many notes, which the threads started after this share. */
export function shareMarks(most: number): Marks {
  const words = new Int32Array(new SharedArrayBuffer(4 * (most + 1)));
  setEnvironmentData(NAME, words.buffer);
  return { words };
}

/** The notes so far. */
export const marked = ({ words }: Marks): Int32Array => words.subarray(1, 1 + Atomics.load(words, 0));

/** Blocks this thread until there are so many notes, or until threads could have made more for a while. */
export function blockUntilMarked({ words }: Marks, count: number): void {
  for (let now = Atomics.load(words, 0); now < count; now = Atomics.load(words, 0)) {
    if (Atomics.wait(words, 0, now, 10_000) === 'timed-out') throw new Error(`${now} tasks have begun, not ${count}`);
  }
  Atomics.wait(words, 0, count, 20);
}

let words: Int32Array | null = null;

/** Notes that it has begun. */
export const mark = backgroundTask(function mark(note: number): void {
  words ??= new Int32Array(getEnvironmentData(NAME) as SharedArrayBuffer);
  words[1 + Atomics.add(words, 0, 1)] = note;
  Atomics.notify(words, 0);
});

/** Holds its thread until the gate opens. A thread that runs it has loaded this module, and `mark` with it. */
export const hold = backgroundTask(function hold(gate: Gate): void {
  waitAt(gate);
});
