import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  canTake,
  describe as describeEntry,
  ENDED,
  HOLDS_ON,
  LINE,
  load,
  newRunQueue,
  nextRun,
  ownerOf,
  PARKED,
  ringOf,
  running,
  stateOf,
  TAILS,
  type RunNumber,
  type RunQueue,
} from '../../../src/pool/run-queue/memory.ts';
import { openSeat, publish, setBehind, setLimits, withdraw } from '../../../src/pool/run-queue/publisher.ts';
import { park } from '../../../src/pool/run-queue/taker.ts';
import { wakeAnother, wakeForNew, wakeOne } from '../../../src/pool/run-queue/wake.ts';
import { BlockedThread, Killer, LongThread, Publisher, Releaser, Thread, type Thing } from './actors.ts';
import { Interleavings } from './model.ts';

const LOW = ringOf('low', false);
const HIGH = ringOf('high', false);

/** Entries by name; the third uses the place of the first again. */
const FIRST = nextRun(0);
const SECOND = nextRun(1);
const AGAIN = nextRun(FIRST);

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

const tailOf = (queue: RunQueue, ring: number): number => load(queue, TAILS + ring * LINE);

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

  for (const [who, First] of [
    ['a thread that does not look at the queue when it is woken', BlockedThread],
    ['a thread that looks at the queue late', Thread],
  ] as const) {
    test(`${who} delays no task, because another thread is woken instead`, () => {
      const threads: Thread[] = [];
      const orders = new Interleavings(
        (queue) => {
          setLimits(queue, () => 2);
          threads.push(new First(queue, 1), new Thread(queue, 2));
          const another: Thing = (cells) => (wakeAnother(cells), true);
          return [new Publisher(queue, [published(LOW, FIRST), published(LOW, SECOND), another]), ...threads];
        },
        (isOver) => {
          const ran = threads.flatMap((thread) => thread.ran);
          assert.equal(new Set(ran).size, ran.length, 'none twice');
          if (isOver) assert.deepEqual(new Set(ran), new Set([FIRST, SECOND]), 'all of them');
        },
      );
      assert.ok(orders.explore() > 100);
    });
  }

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

  test('no limit is exceeded, in whatever order threads count', () => {
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

  test('a task that is cancelled either runs or is taken back, and its place can be used again at once', () => {
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

  test('no task begins while a more urgent one waits behind its ring, and a sleeping thread is woken when none does', () => {
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

  test('after a child has ended no task starts until its end has been handled, and a sleeping thread is then woken', () => {
    const threads: Thread[] = [];
    const releasers: Releaser[] = [];
    const orders = new Interleavings(
      (queue) => {
        limitLow(queue);
        threads.push(new Thread(queue, 1), new Thread(queue, 2));
        describeEntry(queue, FIRST, { definition: 0, flags: HOLDS_ON, sequence: 0 });
        releasers.push(new Releaser(queue, FIRST));
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

test('no thread is woken for a task that cannot start because every slot is taken', () => {
  const queue = newRunQueue();
  setLimits(queue, (priority) => (priority === 'low' ? 1 : 2));
  const busy = new LongThread(queue, 1);
  published(LOW, FIRST)(queue, []);
  while (busy.ran.length === 0) busy.step();
  openSeat(queue, 2);
  assert.ok(park(queue, 2));
  published(LOW, SECOND)(queue, []);
  assert.equal(load(queue, PARKED + 2), 1, 'a low task has no slot');
  published(HIGH, nextRun(2))(queue, []);
  assert.equal(load(queue, PARKED + 2), 0, 'a high task has one');
});
