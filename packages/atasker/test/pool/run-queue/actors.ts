/** Who takes part in the shared run queue, each step by step: see interleavings.test.ts. */
import {
  load,
  ownerOf,
  PARKED,
  stateOf,
  TAKEN,
  type RunNumber,
  type RunQueue,
} from '../../../src/pool/run-queue/memory.ts';
import { bury, free, hasEnded, lower, openSeat, takeEnded } from '../../../src/pool/run-queue/publisher.ts';
import {
  arrive,
  begin,
  end,
  isThere,
  newTaker,
  park,
  passOn,
  takeStep,
  tellEnd,
  type Taker,
} from '../../../src/pool/run-queue/taker.ts';
import { wakeOne } from '../../../src/pool/run-queue/wake.ts';
import type { Actor } from './model.ts';

/** Something that the publisher does in one step; gives what came of it. */
export type Thing = (queue: RunQueue, results: readonly boolean[]) => boolean;

/** What the thread of the supervisor does, one thing after the other. */
export class Publisher implements Actor {
  readonly name = 'P';
  results: boolean[] = [];
  readonly #queue: RunQueue;
  readonly #things: readonly Thing[];

  constructor(queue: RunQueue, things: readonly Thing[]) {
    this.#queue = queue;
    this.#things = things;
  }

  canStep(): boolean {
    return this.results.length < this.#things.length;
  }

  step(): void {
    this.results.push(this.#things[this.results.length]!(this.#queue, this.results));
  }

  save(): boolean[] {
    return this.results;
  }

  restore(results: boolean[]): void {
    this.results = results;
  }
}

export type Stage = 'take' | 'pass' | 'begin' | 'end' | 'tell' | 'park' | 'sleep' | 'dead';

/** A pool thread: takes, runs, parks, and takes again when it is woken. */
export class Thread implements Actor {
  readonly name: string;
  stage: Stage = 'take';
  ran: RunNumber[] = [];
  taker: Taker;
  readonly #queue: RunQueue;

  constructor(queue: RunQueue, seat: number) {
    this.name = `T${seat}`;
    this.taker = newTaker(seat);
    this.#queue = queue;
    openSeat(queue, seat);
    arrive(queue, seat);
  }

  canStep(): boolean {
    if (this.stage === 'sleep') return load(this.#queue, PARKED + this.taker.seat) !== 1;
    return this.stage !== 'dead';
  }

  step(): void {
    switch (this.stage) {
      case 'sleep':
      case 'take':
        if (this.stage === 'sleep') this.taker.at = 'raise';
        this.stage = 'take';
        takeStep(this.#queue, this.taker);
        if (isThere(this.taker)) this.#arrive();
        return;
      case 'pass':
        passOn(this.#queue);
        this.stage = 'begin';
        return;
      case 'begin':
        begin(this.#queue, this.taker, 0);
        this.ran.push(this.taker.run);
        this.stage = 'end';
        return;
      case 'end':
        end(this.#queue, this.taker);
        this.stage = 'tell';
        return;
      case 'tell':
        tellEnd(this.#queue, this.taker.run);
        this.taker.at = 'raise';
        this.stage = 'take';
        return;
      case 'park':
        this.taker.at = 'raise';
        this.stage = park(this.#queue, this.taker.seat) ? 'sleep' : 'take';
        return;
      case 'dead':
        throw new Error('the dead do nothing');
    }
  }

  #arrive(): void {
    if (this.taker.at === 'taken') this.stage = 'pass';
    else this.stage = this.taker.at === 'closed' ? 'dead' : 'park';
  }

  save(): unknown {
    return { taker: this.taker, stage: this.stage, ran: this.ran };
  }

  restore({ taker, stage, ran }: { taker: Taker; stage: Stage; ran: RunNumber[] }): void {
    this.taker = taker;
    this.stage = stage;
    this.ran = ran;
  }
}

/** What it runs does not end. */
export class LongThread extends Thread {
  override canStep(): boolean {
    return this.stage !== 'end' && super.canStep();
  }
}

/** Once it sleeps nothing gets it to look again: something that a task has left in it blocks it. */
export class BlockedThread extends Thread {
  override canStep(): boolean {
    return this.stage !== 'sleep' && super.canStep();
  }
}

/** Ends a thread at any moment; the thread of the supervisor is notified later. */
export class Killer implements Actor {
  readonly name = 'K';
  stage: 'kill' | 'bury' | 'done' = 'kill';
  givenBack: RunNumber[] = [];
  readonly #queue: RunQueue;
  readonly #victim: Thread;

  constructor(queue: RunQueue, victim: Thread) {
    this.#queue = queue;
    this.#victim = victim;
  }

  canStep(): boolean {
    return this.stage !== 'done';
  }

  step(): void {
    if (this.stage === 'kill') {
      this.#victim.stage = 'dead';
      this.stage = 'bury';
      return;
    }
    takeEnded(this.#queue);
    for (const run of bury(this.#queue, this.#victim.taker.seat, 2)) {
      if (stateOf(this.#queue, run) === TAKEN) this.givenBack.push(run);
      free(this.#queue, run);
    }
    wakeOne(this.#queue);
    this.stage = 'done';
  }

  save(): unknown {
    return { stage: this.stage, givenBack: this.givenBack };
  }

  restore({ stage, givenBack }: { stage: Killer['stage']; givenBack: RunNumber[] }): void {
    this.stage = stage;
    this.givenBack = givenBack;
  }
}

/** Hears of the end of a child, does what follows from it, and frees its slot. */
export class Releaser implements Actor {
  readonly name = 'R';
  hasReleased = false;
  readonly #queue: RunQueue;
  readonly #child: RunNumber;

  constructor(queue: RunQueue, child: RunNumber) {
    this.#queue = queue;
    this.#child = child;
  }

  canStep(): boolean {
    return !this.hasReleased && hasEnded(this.#queue);
  }

  step(): void {
    if (!takeEnded(this.#queue).includes(this.#child)) return;
    lower(this.#queue, ownerOf(this.#queue, this.#child), this.#child);
    wakeOne(this.#queue);
    this.hasReleased = true;
  }

  save(): boolean {
    return this.hasReleased;
  }

  restore(hasReleased: boolean): void {
    this.hasReleased = hasReleased;
  }
}
