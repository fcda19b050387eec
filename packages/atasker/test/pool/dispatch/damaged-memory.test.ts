import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { PRIORITIES } from '../../../src/core/priority.ts';
import {
  BELL,
  CANDIDATE,
  cellOf,
  CLOSED,
  CURRENT,
  ENDED,
  ENDED_HEAD,
  HEADS,
  HOLDING,
  LIMITS,
  PARKED,
  READY,
  RING_BITS,
  RING_CELLS,
  SPINNER,
  STARTED,
  TAILS,
  TAKEN,
  THREADS_USED,
  wordOf,
} from '../../../src/pool/run-queue/memory.ts';
import '../../support/leaks.ts';
import { DamagedPool } from './damage.ts';

/** Cells of every kind, those that count most more often than by chance. */
const anyCell = fc.oneof(
  fc.nat(2 ** 20),
  fc.constantFrom(BELL, ENDED_HEAD, SPINNER, THREADS_USED, LIMITS, RING_BITS, HOLDING, HEADS, TAILS),
  fc.integer({ min: 0, max: HEADS + 16 * 16 }),
  fc.integer({ min: 0, max: 5 }).map((seat) => HOLDING + seat),
  fc.integer({ min: 0, max: 5 }).map((seat) => CURRENT + seat),
  fc.integer({ min: 0, max: 5 }).map((seat) => PARKED + seat),
  fc.integer({ min: 0, max: 2_048 }).map((place) => RING_CELLS + place),
  fc.tuple(fc.nat(12), fc.nat(20)).map(([place, cell]) => cellOf(place) + cell),
);

/** The numbers of runs, and the words of their entries, among others. */
const anyRun = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(12)).map(([use, place]) => (use << 11) | place);
const anyWord = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 1, 2, 3, 4, CANDIDATE, CLOSED, 2 ** 31 - 1, -(2 ** 31)),
  anyRun,
  fc
    .tuple(anyRun, fc.nat(3), fc.constantFrom(READY, TAKEN, STARTED, ENDED))
    .map(([run, owner, state]) => wordOf(run, owner, state)),
);

const anyOp = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('call' as const), priority: fc.constantFrom(...PRIORITIES) }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('step' as const), which: fc.nat(7), most: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.nat(2_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('overwrite' as const),
      cell: anyCell,
      words: fc.array(anyWord, { minLength: 1, maxLength: 4 }),
      count: fc.oneof(fc.constant(1), fc.nat(40), fc.constant(2 ** 20)),
    }),
  },
);

type Op = typeof anyOp extends fc.Arbitrary<infer T> ? T : never;

async function perform(pool: DamagedPool, op: Op): Promise<void> {
  switch (op.op) {
    case 'call':
      return pool.call(op.priority);
    case 'step':
      return pool.step(op.which, op.most);
    case 'cancel':
      return pool.cancel();
    case 'pass':
      return pool.pass(op.ms);
    case 'overwrite':
      return pool.overwrite(op.cell, op.words, op.count);
  }
}

const RUNS = Number(process.env['ATASKER_TEST_DAMAGES'] ?? 100);

/** The time within which all tasks must have ended after the last damage to the memory. */
const LONGEST_MS = 60_000;

describe('memory of the run queue that foreign code overwrites:', () => {
  const anyOps = fc.array(anyOp, { minLength: 10, maxLength: 120, size: 'max' });

  test('any words anywhere, at any time: every task ends, nothing throws, the pool closes', async () => {
    const property = fc.asyncProperty(anyOps, async (ops) => {
      const pool = new DamagedPool();
      for (const op of ops) await perform(pool, op);
      for (let passed = 0; passed < LONGEST_MS && pool.left > 0; passed += 500) await pool.pass(500);
      assert.equal(pool.left, 0, 'some tasks have not ended');
      await pool.close();
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  test('memory that no foreign code writes is never taken for damaged', async () => {
    const property = fc.asyncProperty(anyOps, async (ops) => {
      const pool = new DamagedPool();
      for (const op of ops) if (op.op !== 'overwrite') await perform(pool, op);
      for (let passed = 0; passed < LONGEST_MS && pool.left > 0; passed += 500) await pool.pass(500);
      assert.equal(pool.left, 0, 'some tasks have not ended');
      await pool.close();
      assert.equal(pool.lost, 0);
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  test('any words anywhere, at any time: the pool closes in the middle of it', async () => {
    const property = fc.asyncProperty(anyOps, async (ops) => {
      const pool = new DamagedPool();
      for (const op of ops) await perform(pool, op);
      await pool.close();
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  test('threads that never take anything from it are sent their tasks in the end', async () => {
    const pool = new DamagedPool();
    for (let n = 0; n < 20; n += 1) pool.call('normal');
    for (let passed = 0; passed < LONGEST_MS && pool.left > 0; passed += 500) await pool.passUntaken(500);
    assert.equal(pool.left, 0, 'some tasks have not ended');
    assert.equal(pool.lost, 1);
    await pool.close();
  });
});
