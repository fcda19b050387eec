import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Delays, type Delayed } from '../../src/core/delays.ts';

test('no task is ever due while no task is delayed', () => {
  const delays = new Delays<string>();
  assert.equal(delays.size, 0);
  assert.equal(delays.nextAt, Infinity);
  assert.equal(delays.takeDue(Infinity), null);
  assert.deepEqual([...delays], []);
});

test('a delayed task is due at its time, not a millisecond earlier', () => {
  const delays = new Delays<string>();
  const delayed = delays.add(1_000, 'a');
  assert.equal(delays.takeDue(999), null);
  assert.equal(delays.nextAt, 1_000);
  assert.equal(delays.takeDue(1_000), delayed);
  assert.equal(delays.size, 0);
});

test('tasks that are due at the same time come in the order in which they were added', () => {
  const delays = new Delays<number>();
  for (let value = 0; value < 100; value += 1) delays.add(5, value);
  assert.deepEqual(
    takeAll(delays, 5),
    Array.from({ length: 100 }, (_, value) => value),
  );
});

test('a task that was taken out, or belongs elsewhere, cannot be taken out again', () => {
  const [delays, others] = [new Delays<string>(), new Delays<string>()];
  const [taken, kept] = [delays.add(1, 'taken'), delays.add(2, 'kept')];
  const foreign = others.add(1, 'foreign');
  delays.takeDue(1);
  assert.equal(delays.remove(taken), false);
  assert.equal(delays.remove(foreign), false);
  assert.equal(delays.remove(kept), true);
  assert.equal(delays.remove(kept), false);
  assert.equal(others.size, 1);
});

test('an entry that fills the gap of a removed one still comes at its time', () => {
  const delays = new Delays<number>();
  // Added in the order of a heap. 8 is its last and takes the place of 11, below 10: it must rise.
  const times = [1, 10, 2, 11, 12, 3, 4, 13, 14, 15, 16, 5, 6, 7, 8];
  const removed = times.map((at) => delays.add(at, at))[3]!;
  assert.equal(delays.remove(removed), true);
  assert.deepEqual(takeAll(delays, 100), [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16]);
});

test('delays agree with a sorted list, whatever is added, removed and taken', () => {
  // Few times, so that many are equal.
  const anyOp = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.integer({ min: -5, max: 20 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ takeDue: fc.integer({ min: -6, max: 21 }) }) },
  );
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 80, size: 'max' }), (ops) => {
      const delays = new Delays<number>();
      const added: Delayed<number>[] = [];
      let model: Delayed<number>[] = [];
      for (const op of ops) {
        if ('add' in op) {
          const delayed = delays.add(op.add, added.length);
          added.push(delayed);
          // The sort is stable: equal times keep their order.
          model = [...model, delayed].toSorted((a, b) => a.at - b.at);
        } else if ('remove' in op) {
          // Any that was ever added, so also one that is out already.
          const delayed = added[op.remove % added.length];
          if (delayed === undefined) continue;
          assert.equal(delays.remove(delayed), model.includes(delayed));
          model = model.filter((each) => each !== delayed);
        } else {
          const expected = model[0] !== undefined && model[0].at <= op.takeDue ? model.shift()! : null;
          assert.equal(delays.takeDue(op.takeDue), expected);
        }
        assertSame(delays, model, added);
      }
      assert.deepEqual(
        takeAll(delays, 100),
        model.map(({ value }) => value),
      );
    }),
    { numRuns: 500 },
  );
});

function takeAll<T>(delays: Delays<T>, now: number): T[] {
  const taken: (Delayed<T> | null)[] = Array.from({ length: delays.size }, () => delays.takeDue(now));
  assert.equal(delays.takeDue(now), null);
  return taken.flatMap((each) => each?.value ?? []);
}

function assertSame(delays: Delays<number>, model: Delayed<number>[], added: Delayed<number>[]): void {
  assert.equal(delays.size, model.length);
  assert.equal(delays.nextAt, model[0]?.at ?? Infinity);
  assert.deepEqual(
    [...delays].toSorted((a, b) => a - b),
    model.map(({ value }) => value).toSorted((a, b) => a - b),
  );
  for (const delayed of added) assert.equal(delayed.index !== -1, model.includes(delayed));
}
