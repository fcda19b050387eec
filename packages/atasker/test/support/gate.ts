/** A gate that tasks wait at, in threads and here, without a timer: `words[0]` have arrived, `words[1]` may pass. */
export interface Gate {
  readonly words: Int32Array;
}

const EVERYBODY = 1_000_000;

export function newGate(): Gate {
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

/** In a thread: says that it is here, and waits until it may pass. */
export function waitAt({ words }: Gate): void {
  arrive(words);
  while (!tryPass(words)) Atomics.wait(words, 1, 0);
}

/** The same without blocking. */
export async function waitHereAt({ words }: Gate): Promise<void> {
  arrive(words);
  while (!tryPass(words)) {
    const { async, value } = Atomics.waitAsync(words, 1, 0);
    if (async) await value;
  }
}

export function open(gate: Gate): void {
  letGo(gate, EVERYBODY);
}

/** Lets so many of those that wait go on. */
export function letGo({ words }: Gate, count: number): void {
  Atomics.add(words, 1, count);
  Atomics.notify(words, 1);
}

function arrive(words: Int32Array): void {
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
}

function tryPass(words: Int32Array): boolean {
  for (let free = Atomics.load(words, 1); free > 0; free = Atomics.load(words, 1)) {
    if (Atomics.compareExchange(words, 1, free, free - 1) === free) return true;
  }
  return false;
}
