import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PRIORITIES } from '../../src/core/priority.ts';
import { packageFolder, runNode } from '../support/program.ts';
import { isLong } from '../support/long.ts';
import { Random } from '../support/random.ts';
import { checkOrder, type Called } from './start-order.ts';

const PROGRAM = `${packageFolder}build/test/life/churn.js`;

/** A sequence with a fresh seed; the long run adds two fixed seeds, one for each transport. */
const SEEDS = [Date.now() % 1_000_000, ...(isLong ? [2, 7] : [])];

describe('a random life in real time:', () => {
  for (const seed of SEEDS) {
    test(`with seed ${seed} all tasks end as planned, in the order of their priorities, and the program ends`, async () => {
      const { stdout, stderr, code } = await runNode([PROGRAM, String(seed), '4']);
      assert.equal(stderr, '', stdout);
      assert.equal(code, 0, stdout);
      const { rounds, tasks } = JSON.parse(stdout) as Record<string, number>;
      assert.ok(rounds! >= 1 && tasks! >= 1, stdout);
    });
  }
});

describe('the check of the order', () => {
  const THREADS = 3;

  /** 400 calls of random priorities that are made before the first start; and the order in which they should start. */
  function callsAndOrder(): { calls: Called[]; order: Called[] } {
    const random = new Random(1);
    const calls = Array.from({ length: 400 }, (_, n) => ({ n, priority: random.pick(PRIORITIES), startsBefore: 0 }));
    const order = PRIORITIES.toReversed().flatMap((each) => calls.filter(({ priority }) => priority === each));
    return { calls, order };
  }

  function startsOf(order: readonly Called[]): Int32Array {
    const starts = new Int32Array(1 + order.length);
    starts[0] = order.length;
    for (const [index, { n }] of order.entries()) starts[1 + n] = index + 1;
    return starts;
  }

  test('accepts the order that the rules demand, even if each thread is late with one task', () => {
    const { calls, order } = callsAndOrder();
    checkOrder(calls, startsOf(order), THREADS);
    const late = [...order];
    late.push(...late.splice(10, THREADS - 1));
    checkOrder(calls, startsOf(late), THREADS);
  });

  test('refuses a task of lower priority that begins while a higher one waits', () => {
    const { calls, order } = callsAndOrder();
    const early = [...order];
    early.splice(10, 0, ...early.splice(-THREADS - 1));
    assert.throws(() => checkOrder(calls, startsOf(early), THREADS), /of higher priority than/);
  });

  test('refuses tasks of one priority that overtake each other, a task that has not begun and one that began twice', () => {
    const { calls, order } = callsAndOrder();
    const overtaken = [...order];
    overtaken.splice(10 + THREADS, 0, ...overtaken.splice(10, 1));
    checkOrder(calls, startsOf(overtaken), THREADS + 1);
    const swapped = [...order];
    swapped.splice(40, 0, ...swapped.splice(5, THREADS));
    assert.throws(() => checkOrder(calls, startsOf(swapped), THREADS), /that were called earlier/);
    const starts = startsOf(order);
    starts[1 + order[7]!.n] = 0;
    assert.throws(() => checkOrder(calls, starts, THREADS), /has not begun/);
    starts[1 + order[7]!.n] = 7;
    assert.throws(() => checkOrder(calls, starts, THREADS), /begun twice/);
  });
});
