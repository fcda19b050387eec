import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../src/core/admission.ts';
import { Delays, type Delayed } from '../../src/core/delays.ts';
import { PRIORITIES } from '../../src/core/priority.ts';
import { newEntry, type NumberedEntry } from './entries.ts';

// Counted, not timed: an operation that walks or searches a queue must read or write its entries.

test('every operation touches as many entries among 5,000 waiting tasks as among 20', () => {
  const operations: Record<string, (admission: Admission<NumberedEntry>, entries: NumberedEntry[]) => unknown> = {
    queue: (admission) => admission.queue(newEntry(-1)),
    takeNext: (admission) => admission.takeNext(),
    startable: (admission) => admission.startable(),
    mustWait: (admission) => admission.mustWait(),
    waiting: (admission) => admission.waiting(),
    waitingCount: (admission) => admission.waitingCount,
    head: (admission) => admission.head,
    first: (admission) => admission.first('low'),
    'withdraw from the middle': (admission, entries) => admission.withdraw(entries[entries.length / 2]!),
    'setPriority in the middle': (admission, entries) => admission.setPriority(entries[entries.length / 2]!, 'high'),
    'setPriority at the tail': (admission, entries) => admission.setPriority(entries.at(-1)!, 'critical'),
  };
  for (const [name, operation] of Object.entries(operations)) {
    assert.equal(touchesOf(operation, 5_000), touchesOf(operation, 20), name);
  }
});

/** How often an operation reads or writes a field of any of the waiting entries. */
function touchesOf(
  operation: (admission: Admission<NumberedEntry>, entries: NumberedEntry[]) => unknown,
  count: number,
): number {
  let touches = 0;
  const watched: ProxyHandler<NumberedEntry> = {
    get: (entry, field) => ((touches += 1), Reflect.get(entry, field)),
    set: (entry, field, value) => ((touches += 1), Reflect.set(entry, field, value)),
  };
  const entries = Array.from(
    { length: count },
    (_, id) => new Proxy(newEntry(id, PRIORITIES[id % 4], id % 8 < 4), watched),
  );
  const admission = new Admission<NumberedEntry>({ poolSize: count, reserveNormal: 1, reserveHigh: 1 });
  for (const entry of entries) admission.queue(entry);
  touches = 0;
  operation(admission, entries);
  return touches;
}

test('among 1,023 delayed tasks adding, removing and taking one moves at most one path of the heap', () => {
  const count = 1_023;
  const levels = 10;
  const delays = new Delays<number>();
  let moves = 0;
  const watch = (delayed: Delayed<number>): Delayed<number> => {
    let { index } = delayed;
    return Object.defineProperty(delayed, 'index', {
      get: () => index,
      set: (to: number) => {
        moves += 1;
        index = to;
      },
    });
  };
  // 401 and 1,023 have no common divisor: each time comes once, in no order.
  const all = Array.from({ length: count }, (_, place) => watch(delays.add((place * 401) % count, place)));
  const movesOf = (operation: () => unknown): number => {
    moves = 0;
    operation();
    return moves;
  };

  // Its way up: one move of another per level; its own are not watched yet.
  let earliest: Delayed<number> | undefined;
  assert.equal(
    movesOf(() => (earliest = delays.add(-1, -1))),
    levels,
  );
  delays.remove(watch(earliest!));
  // Two moves per level on its way down, one into the gap, and the mark that the taken one is out.
  assert.ok(movesOf(() => delays.takeDue(count)) <= 2 * (levels - 1) + 2);
  for (const delayed of all) assert.ok(movesOf(() => delays.remove(delayed)) <= 2 * (levels - 1) + 2);
  assert.equal(delays.size, 0);
});
