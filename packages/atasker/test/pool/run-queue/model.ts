import {
  cellOf,
  CURRENT,
  ENDED_HEAD,
  HEADS,
  HOLDING,
  LINE,
  newRunQueue,
  PARKED,
  RING,
  RING_BITS,
  RING_CELLS,
  RINGS,
  TAILS,
  type RunQueue,
} from '../../../src/pool/run-queue/memory.ts';

/** Somebody who does one step after the other; each step is one look at what others write, or one write. */
export interface Actor {
  readonly name: string;
  /** False when it has nothing more to do, or waits for others. */
  canStep(): boolean;
  step(): void;
  /** All that it remembers, as plain data: to be put back, and to tell states apart. */
  save(): unknown;
  restore(saved: never): void;
}

/** Two threads, and three entries. */
const SLOTS = [0, 1, 2];
const PLACES = [0, 1, 2];
const POSITIONS = [0, 1, 2, 3];

/** The cells that so few can reach. */
const CELLS: readonly number[] = [
  ENDED_HEAD,
  RING_BITS,
  ...Array.from({ length: RINGS }, (_, ring) => [HEADS + ring * LINE, TAILS + ring * LINE]).flat(),
  ...Array.from({ length: RINGS }, (_, ring) => POSITIONS.map((at) => RING_CELLS + ring * RING + at)).flat(),
  ...SLOTS.flatMap((seat) => [HOLDING + seat, CURRENT + seat, PARKED + seat]),
  ...PLACES.flatMap((place) => [cellOf(place), cellOf(place) + 1]),
];

/** Tries every order in which the actors can do their steps. */
export class Interleavings {
  readonly queue: RunQueue = newRunQueue();
  readonly #actors: readonly Actor[];
  readonly #check: (isOver: boolean) => void;
  readonly #seen = new Set<string>();
  readonly #path: string[] = [];

  constructor(makeActors: (queue: RunQueue) => readonly Actor[], check: (isOver: boolean) => void) {
    this.#actors = makeActors(this.queue);
    this.#check = check;
  }

  /** How many states there are. */
  explore(): number {
    const cells = CELLS.map((cell) => this.queue.cells[cell]!);
    const saved = this.#actors.map((actor) => structuredClone(actor.save()));
    const key = JSON.stringify([cells, saved]);
    if (this.#seen.has(key)) return this.#seen.size;
    this.#seen.add(key);
    const able = this.#actors.filter((actor) => actor.canStep());
    this.#checked(able.length === 0);
    for (const actor of able) {
      this.#path.push(actor.name);
      actor.step();
      this.explore();
      this.#path.pop();
      CELLS.forEach((cell, index) => this.#put(cell, cells[index]!));
      this.#actors.forEach((each, index) => each.restore(structuredClone(saved[index]) as never));
    }
    return this.#seen.size;
  }

  /** The publisher keeps its own copy of each cell that only it writes. */
  #put(cell: number, value: number): void {
    this.queue.cells[cell] = value;
    if (cell < this.queue.written.length) this.queue.written[cell] = value;
  }

  #checked(isOver: boolean): void {
    try {
      this.#check(isOver);
    } catch (error) {
      throw new Error(`after ${this.#path.join(' ')}`, { cause: error });
    }
  }
}
