import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Backlog } from '../../src/core/backlog.ts';
import { PRIORITIES, type Priority } from '../../src/core/priority.ts';
import { anyPriority, idsOf, newEntry, type NumberedEntry } from './entries.ts';
import { rankOf } from './naive-pool.ts';

test('a backlog starts empty', () => {
  const backlog = new Backlog<NumberedEntry>();
  assert.equal(backlog.size, 0);
  assert.equal(backlog.head(), null);
  for (const priority of PRIORITIES) {
    assert.equal(backlog.waiting(priority), 0);
    assert.equal(backlog.first(priority), null);
  }
});

test('higher priorities come first, in each the children, and each group is first in, first out', () => {
  const backlog = new Backlog<NumberedEntry>();
  const added: [Priority, 'child' | 'rest'][] = [
    ['low', 'child'],
    ['normal', 'rest'],
    ['normal', 'child'],
    ['critical', 'rest'],
    ['normal', 'rest'],
    ['high', 'rest'],
    ['normal', 'child'],
    ['low', 'rest'],
    ['critical', 'child'],
  ];
  for (const [id, [priority, group]] of added.entries()) backlog.add(newEntry(id, priority, group === 'child'));
  assert.deepEqual(idsOf(inOrder(backlog)), [8, 3, 5, 2, 6, 1, 4, 0, 7]);
});

test('an entry that never waited, or does not wait any more, cannot be taken out', () => {
  const backlog = new Backlog<NumberedEntry>();
  const [stranger, entry] = [newEntry(0), newEntry(1)];
  backlog.add(entry);
  assert.equal(backlog.remove(stranger), false);
  assert.equal(backlog.remove(entry), true);
  assert.equal(backlog.remove(entry), false);
  assert.equal(backlog.size, 0);
});

/** An entry of the model, and the lane in which it waits: 0 for returned entries, 1 for children, 2 for the rest. */
interface Waiting {
  readonly entry: NumberedEntry;
  readonly lane: 0 | 1 | 2;
}

test('a backlog agrees with a sorted list, whatever is added to it, returned to it and taken out of it', () => {
  const anyAdd = fc.record({ priority: anyPriority, isChild: fc.boolean(), isReturned: fc.boolean() });
  const anyOp = fc.oneof({ weight: 3, arbitrary: anyAdd }, { weight: 2, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 60, size: 'max' }), (ops) => {
      const backlog = new Backlog<NumberedEntry>();
      let model: Waiting[] = [];
      for (const [id, op] of ops.entries()) {
        if (typeof op === 'object') {
          const entry = newEntry(id, op.priority, op.isChild);
          if (op.isReturned) backlog.addFirst(entry);
          else backlog.add(entry);
          model = inStartOrder([...model, { entry, lane: op.isReturned ? 0 : op.isChild ? 1 : 2 }]);
        } else if (model.length > 0) {
          const [taken] = model.splice(op % model.length, 1);
          assert.equal(backlog.remove(taken!.entry), true);
        }
        assertSame(backlog, model);
      }
    }),
    { numRuns: 300 },
  );
});

/** The ids rise in the order of adding. The entry that was returned last goes first. */
function inStartOrder(waiting: readonly Waiting[]): Waiting[] {
  return waiting.toSorted((a, b) => {
    const before = rankOf(b.entry) - rankOf(a.entry) || a.lane - b.lane;
    return before || (a.lane === 0 ? b.entry.id - a.entry.id : a.entry.id - b.entry.id);
  });
}

function assertSame(backlog: Backlog<NumberedEntry>, model: readonly Waiting[]): void {
  const entries = model.map(({ entry }) => entry);
  assert.deepEqual(idsOf(inOrder(backlog)), idsOf(entries));
  assert.equal(backlog.size, model.length);
  assert.equal(backlog.head(), entries[0] ?? null);
  let occupied = 0;
  for (const priority of PRIORITIES) {
    const same = model.filter(({ entry }) => entry.priority === priority);
    assert.equal(backlog.waiting(priority), same.length);
    assert.equal(backlog.first(priority), same[0]?.entry ?? null);
    const bits = (same.some(({ lane }) => lane < 2) ? 1 : 0) + (same.some(({ lane }) => lane === 2) ? 2 : 0);
    occupied = occupied * 4 + bits; // the least urgent priority comes first, and has the highest bits
  }
  assert.equal(backlog.occupied, occupied);
}

/** In the order in which they would start. */
function inOrder(backlog: Backlog<NumberedEntry>): NumberedEntry[] {
  const lanes = PRIORITIES.toReversed().flatMap((priority) =>
    [true, false].map((first) => ({ priority, ahead: first })),
  );
  return lanes.flatMap(({ priority, ahead: first }) => Array.from(backlog.entries(priority, first)));
}
