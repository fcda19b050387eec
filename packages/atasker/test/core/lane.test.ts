import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Lane } from '../../src/core/lane.ts';
import { idsOf, newEntry, type NumberedEntry } from './entries.ts';

test('an empty lane has no first entry and nothing to iterate over', () => {
  const lane = new Lane<NumberedEntry>();
  assert.equal(lane.size, 0);
  assert.equal(lane.first, null);
  assert.deepEqual([...lane], []);
});

test('an entry links to its neighbours while it is in a lane and to nothing once it is out', () => {
  const lane = new Lane<NumberedEntry>();
  const [a, b, c] = [newEntry(0), newEntry(1), newEntry(2)];
  for (const entry of [a, b, c]) lane.push(entry);
  assert.equal(b.lane, lane);
  assert.equal(b.before, a);
  assert.equal(b.after, c);

  lane.remove(b);
  assert.deepEqual(b, newEntry(1));
  assert.equal(a.after, c);
  assert.equal(c.before, a);
});

test('an entry that was taken out can stand in another lane', () => {
  const [here, there] = [new Lane<NumberedEntry>(), new Lane<NumberedEntry>()];
  const entries = [newEntry(0), newEntry(1), newEntry(2)];
  for (const entry of entries) here.push(entry);
  for (const entry of entries.toReversed()) {
    here.remove(entry);
    there.push(entry);
  }
  assert.deepEqual(idsOf(here), []);
  assert.deepEqual(idsOf(there), [2, 1, 0]);
});

test('a lane is first in, first out, wherever entries are taken out of it', () => {
  const anyOp = fc.oneof({ weight: 3, arbitrary: fc.constant('push' as const) }, { weight: 2, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 60, size: 'max' }), (ops) => {
      const lane = new Lane<NumberedEntry>();
      const model: NumberedEntry[] = [];
      for (const [id, op] of ops.entries()) {
        if (op === 'push') {
          const entry = newEntry(id);
          model.push(entry);
          lane.push(entry);
        } else if (model.length > 0) {
          const [entry] = model.splice(op % model.length, 1);
          lane.remove(entry!);
        }
        assert.equal(lane.size, model.length);
        assert.equal(lane.first, model[0] ?? null);
        assert.deepEqual(idsOf(lane), idsOf(model));
        for (const [place, entry] of model.entries()) assert.equal(entry.before, model[place - 1] ?? null);
      }
    }),
    { numRuns: 300 },
  );
});
