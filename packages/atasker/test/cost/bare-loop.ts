/**
 * The least that a queue in shared memory has to do for a task: a number crosses in a ring, its taker claims it and
 * leaves a number, and a promise is resolved with that. Without priorities, limits, signals, errors or a handle.
 */
const RING = 256;
const HEAD = 0;
const TAIL = 16;
const ENDED = 32;
const WORDS = 48;
const VALUES = (WORDS + RING) / 2;

export class BareLoop {
  readonly #cells: Int32Array;
  readonly #numbers: Float64Array;
  readonly #settlers: ((value: number) => void)[] = [];
  #read = 0;

  constructor() {
    const memory = new SharedArrayBuffer(8 * (VALUES + RING));
    this.#cells = new Int32Array(memory);
    this.#numbers = new Float64Array(memory);
  }

  submit(value: number): Promise<number> {
    const tail = this.#cells[TAIL]!;
    const at = tail & (RING - 1);
    this.#numbers[VALUES + at] = value;
    Atomics.store(this.#cells, WORDS + at, 1);
    Atomics.store(this.#cells, TAIL, tail + 1);
    return new Promise((resolve) => (this.#settlers[at] = resolve));
  }

  /** Takes and runs what is there, as a thread would. */
  work(fn: (value: number) => number): void {
    for (;;) {
      const head = Atomics.load(this.#cells, HEAD);
      if (head === Atomics.load(this.#cells, TAIL)) return;
      const at = head & (RING - 1);
      if (Atomics.compareExchange(this.#cells, WORDS + at, 1, 2) !== 1) continue;
      Atomics.store(this.#cells, HEAD, head + 1);
      this.#numbers[VALUES + at] = fn(this.#numbers[VALUES + at]!);
      Atomics.store(this.#cells, WORDS + at, 3);
      Atomics.store(this.#cells, ENDED, head + 1);
    }
  }

  report(): void {
    const ended = Atomics.load(this.#cells, ENDED);
    for (; this.#read < ended; this.#read += 1) {
      const at = this.#read & (RING - 1);
      this.#settlers[at]!(this.#numbers[VALUES + at]!);
    }
  }
}
