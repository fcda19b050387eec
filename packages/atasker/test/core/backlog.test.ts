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

test('a backlog agrees with a sorted list, whatever is added to it and taken out of it', () => {
  const anyAdd = fc.record({ priority: anyPriority, isChild: fc.boolean() });
  const anyOp = fc.oneof({ weight: 3, arbitrary: anyAdd }, { weight: 2, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 60, size: 'max' }), (ops) => {
      const backlog = new Backlog<NumberedEntry>();
      let model: NumberedEntry[] = [];
      for (const [id, op] of ops.entries()) {
        if (typeof op === 'object') {
          const entry = newEntry(id, op.priority, op.isChild);
          backlog.add(entry);
          model = inStartOrder([...model, entry]);
        } else if (model.length > 0) {
          const [entry] = model.splice(op % model.length, 1);
          assert.equal(backlog.remove(entry!), true);
        }
        assertSame(backlog, model);
      }
    }),
    { numRuns: 300 },
  );
});

/** The ids rise in the order of adding. */
function inStartOrder(entries: readonly NumberedEntry[]): NumberedEntry[] {
  return entries.toSorted((a, b) => rankOf(b) - rankOf(a) || Number(b.isChild) - Number(a.isChild) || a.id - b.id);
}

function assertSame(backlog: Backlog<NumberedEntry>, model: readonly NumberedEntry[]): void {
  assert.deepEqual(idsOf(inOrder(backlog)), idsOf(model));
  assert.equal(backlog.size, model.length);
  assert.equal(backlog.head(), model[0] ?? null);
  for (const priority of PRIORITIES) {
    const same = model.filter((entry) => entry.priority === priority);
    assert.equal(backlog.waiting(priority), same.length);
    assert.equal(backlog.first(priority), same[0] ?? null);
  }
}

/** In the order in which they would start. */
function inOrder(backlog: Backlog<NumberedEntry>): NumberedEntry[] {
  const lanes = PRIORITIES.toReversed().flatMap((priority) =>
    [true, false].map((first) => ({ priority, ahead: first })),
  );
  return lanes.flatMap(({ priority, ahead: first }) => Array.from(backlog.entries(priority, first)));
}
