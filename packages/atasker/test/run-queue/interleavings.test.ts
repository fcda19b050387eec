import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  canTake,
  describe as describeEntry,
  ENDED,
  HOLDS_ON,
  ownerOf,
  nextRun,
  LINE,
  load,
  PARKED,
  ringOf,
  running,
  stateOf,
  TAILS,
  TAKEN,
  wakeForNew,
  wakeOne,
  type RunNumber,
  type RunQueue,
} from '../../src/run-queue/memory.ts';
import {
  bury,
  free,
  hasEnded,
  lower,
  openSlot,
  publish,
  setBehind,
  setLimits,
  takeEnded,
  withdraw,
} from '../../src/run-queue/publisher.ts';
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
} from '../../src/run-queue/taker.ts';
import { Interleavings, type Actor } from './model.ts';

const LOW = ringOf('low', false);
const HIGH = ringOf('high', false);

/** Entries by name; the third uses the place of the first again. */
const FIRST = nextRun(0);
const SECOND = nextRun(1);
const AGAIN = nextRun(FIRST);

/** Something that the publisher does in one step; gives what came of it. */
type Thing = (queue: RunQueue, results: readonly boolean[]) => boolean;

function published(ring: number, run: RunNumber): Thing {
  return (queue) => {
    publish(queue, ring, tailOf(queue, ring), run);
    wakeForNew(queue);
    return true;
  };
}

/** Tasks wait behind these rings from now on, as bits. */
const behind =
  (rings: number): Thing =>
  (queue) => (setBehind(queue, rings), wakeOne(queue));

/** What the thread of the supervisor does, one thing after the other. */
class Publisher implements Actor {
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

const tailOf = (queue: RunQueue, ring: number): number => load(queue, TAILS + ring * LINE);

type Stage = 'take' | 'pass' | 'begin' | 'end' | 'tell' | 'park' | 'sleep' | 'dead';

/** A pool thread: takes, runs, parks, and takes again when it is woken. */
class Thread implements Actor {
  readonly name: string;
  stage: Stage = 'take';
  ran: RunNumber[] = [];
  taker: Taker;
  readonly #queue: RunQueue;

  constructor(queue: RunQueue, slot: number) {
    this.name = `T${slot}`;
    this.taker = newTaker(slot);
    this.#queue = queue;
    openSlot(queue, slot);
    arrive(queue, slot);
  }

  canStep(): boolean {
    if (this.stage === 'sleep') return load(this.#queue, PARKED + this.taker.slot) === 0;
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
        this.stage = park(this.#queue, this.taker.slot) ? 'sleep' : 'take';
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
class LongThread extends Thread {
  override canStep(): boolean {
    return this.stage !== 'end' && super.canStep();
  }
}

/** Somebody ends a thread, at any moment; later the thread of the supervisor hears of it. */
class Killer implements Actor {
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
    for (const run of bury(this.#queue, this.#victim.taker.slot, 2)) {
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
class Releaser implements Actor {
  readonly name = 'R';
  hasReleased = false;
  readonly #queue: RunQueue;

  constructor(queue: RunQueue) {
    this.#queue = queue;
  }

  canStep(): boolean {
    return !this.hasReleased && hasEnded(this.#queue);
  }

  step(): void {
    if (!takeEnded(this.#queue).includes(FIRST)) return;
    lower(this.#queue, ownerOf(this.#queue, FIRST), FIRST);
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

const limitLow = (queue: RunQueue): void => setLimits(queue, (priority) => (priority === 'low' ? 1 : 2));

describe('the shared run queue, in every order in which its threads can go on', () => {
  test('each task is taken once, and none is forgotten while a thread sleeps', () => {
    const threads: Thread[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        return [new Publisher(queue, [published(LOW, FIRST), published(HIGH, SECOND)]), ...threads];
      },
      (isOver) => {
        const ran = threads.flatMap((thread) => thread.ran);
        assert.equal(new Set(ran).size, ran.length, 'none twice');
        if (isOver) assert.deepEqual(new Set(ran), new Set([FIRST, SECOND]), 'all of them');
      },
    );
    assert.ok(orders.explore() > 1_000);
  });

  test('as many tasks begin as there are threads, however long each runs and whatever the publisher does then', () => {
    const threads: Thread[] = [];
    const orders = new Interleavings(
      (queue) => {
        setLimits(queue, () => 2);
        threads.push(new LongThread(queue, 1), new LongThread(queue, 2));
        return [new Publisher(queue, [published(LOW, FIRST), published(LOW, SECOND)]), ...threads];
      },
      (isOver) => {
        if (isOver) assert.equal(threads.flatMap((thread) => thread.ran).length, 2);
      },
    );
    assert.ok(orders.explore() > 100);
  });

  test('no limit is broken, whoever counts when', () => {
    const threads: Thread[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        return [new Publisher(queue, [published(LOW, FIRST), published(LOW, SECOND)]), ...threads];
      },
      (isOver) => {
        const atWork = threads.filter(({ stage }) => stage === 'pass' || stage === 'begin' || stage === 'end');
        assert.ok(atWork.length <= 1, 'two low tasks at once');
        assert.ok(running(orders.queue, 1) <= 1);
        if (isOver) assert.equal(threads.flatMap((thread) => thread.ran).length, 2);
      },
    );
    assert.ok(orders.explore() > 1_000);
  });

  test('one that is cancelled either runs or is taken back, and its place can be used again at once', () => {
    const threads: Thread[] = [];
    const publishers: Publisher[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        publishers.push(
          new Publisher(queue, [
            published(LOW, FIRST),
            () => withdraw(queue, FIRST),
            (_queue, [, isBack]) => isBack === true && published(LOW, AGAIN)(queue, []),
          ]),
        );
        return [...publishers, ...threads];
      },
      (isOver) => {
        const ran = threads.flatMap((thread) => thread.ran);
        assert.equal(new Set(ran).size, ran.length, 'none twice');
        if (!isOver) return;
        const isBack = publishers[0]!.results[1]!;
        assert.deepEqual(ran, isBack ? [AGAIN] : [FIRST], 'it runs, or what came into its place');
      },
    );
    assert.ok(orders.explore() > 1_000);
  });

  test('nothing begins before what waits behind a ring above it, and a thread that sleeps hears when nothing does', () => {
    const threads: Thread[] = [];
    const orders = new Interleavings(
      (queue) => {
        setLimits(queue, () => 2);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        behind(1 << HIGH)(queue, []);
        published(LOW, FIRST)(queue, []);
        return [new Publisher(queue, [published(HIGH, SECOND), behind(0)]), ...threads];
      },
      (isOver) => {
        const [hasLow, hasHigh] = [FIRST, SECOND].map((run) => ownerOf(orders.queue, run) !== 0);
        assert.ok(!hasLow || hasHigh, 'the low one was taken first');
        if (isOver) assert.deepEqual(new Set(threads.flatMap((thread) => thread.ran)), new Set([FIRST, SECOND]));
      },
    );
    assert.ok(orders.explore() > 1_000);
  });

  test('after a child nothing starts until what follows from its end is done, and a thread that sleeps then hears of it', () => {
    const threads: Thread[] = [];
    const releasers: Releaser[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        describeEntry(queue, FIRST, { definition: 0, flags: HOLDS_ON, sequence: 0 });
        releasers.push(new Releaser(queue));
        return [new Publisher(queue, [published(LOW, FIRST), published(LOW, SECOND)]), ...threads, ...releasers];
      },
      (isOver) => {
        const isHeld = stateOf(orders.queue, FIRST) === ENDED && !releasers[0]!.hasReleased;
        const others = threads.filter(({ stage, taker }) => stage === 'end' && taker.run === SECOND);
        assert.ok(!isHeld || others.length === 0);
        if (isOver) assert.deepEqual(new Set(threads.flatMap((thread) => thread.ran)), new Set([FIRST, SECOND]));
      },
    );
    assert.ok(orders.explore() > 1_000);
  });

  test('a thread that is ended at any moment takes at most its own task with it', () => {
    const threads: Thread[] = [];
    const killers: Killer[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        killers.push(new Killer(queue, threads[0]!));
        return [new Publisher(queue, [published(LOW, FIRST), published(LOW, SECOND)]), ...threads, ...killers];
      },
      (isOver) => {
        const ran = threads.flatMap((thread) => thread.ran);
        const met = [...ran, ...killers[0]!.givenBack];
        assert.equal(new Set(met).size, met.length, 'none twice');
        if (isOver) assert.deepEqual(new Set(met), new Set([FIRST, SECOND]), 'run, or given back');
        if (isOver) assert.equal(canTake(orders.queue), false);
      },
    );
    assert.ok(orders.explore() > 1_000);
  });
});
