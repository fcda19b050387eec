import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../src/core/admission.ts';
import { idsOf, newEntry, type NumberedEntry } from './entries.ts';

const limits = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };

test('every task that has not started can be withdrawn while one goes through them', () => {
  const admission = new Admission<NumberedEntry>(limits);
  for (let id = 0; id < 3; id += 1) admission.queue(newEntry(id));
  for (let id = 3; id < 9; id += 1) admission.delay(newEntry(id), id);
  for (const entry of admission.unstarted()) admission.withdraw(entry);
  assert.deepEqual(idsOf(admission.unstarted()), []);
});

test('a delayed task of another pool cannot be withdrawn here, and stays where it is', () => {
  const [here, there] = [new Admission<NumberedEntry>(limits), new Admission<NumberedEntry>(limits)];
  const entry = newEntry(0);
  there.delay(entry, 1);
  assert.equal(here.withdraw(entry), false);
  assert.equal(there.withdraw(entry), true);
});

test('a task that waits or is delayed cannot be queued or delayed once more', () => {
  const admission = new Admission<NumberedEntry>(limits);
  const [waiting, delayed] = [newEntry(0), newEntry(1)];
  admission.queue(waiting);
  admission.delay(delayed, 1);
  for (const entry of [waiting, delayed]) {
    assert.throws(() => admission.queue(entry));
    assert.throws(() => admission.delay(entry, 2));
  }
});

test('a task that was given back before it began goes before all others of its priority', () => {
  const admission = new Admission<NumberedEntry>(limits);
  for (const id of [0, 1, 2]) admission.queue(newEntry(id));
  const taken = admission.takeNext()!;
  admission.queue(newEntry(3, 'normal', true));
  admission.giveBack(taken);
  assert.equal(admission.running, 0);
  assert.deepEqual(idsOf(admission.unstarted()), [0, 3, 1, 2]);
  assert.equal(admission.takeNext(), taken);
  assert.throws(() => admission.queue(taken), 'it holds a slot');
});

test('a task that was given back to an empty backlog is the next, and can be withdrawn', () => {
  const admission = new Admission<NumberedEntry>(limits);
  admission.queue(newEntry(0));
  const taken = admission.takeNext()!;
  admission.giveBack(taken);
  admission.queue(newEntry(1));
  assert.deepEqual(idsOf(admission.unstarted()), [0, 1]);
  assert.equal(admission.withdraw(taken), true);
  assert.deepEqual(idsOf(admission.unstarted()), [1]);
});

test('whether a child of a running task waits is known whatever stands before it', () => {
  const admission = new Admission<NumberedEntry>(limits);
  admission.queue(newEntry(0, 'high'));
  assert.equal(admission.childWaits, false);
  const child = newEntry(1, 'low', true);
  admission.queue(child);
  assert.equal(admission.childWaits, true);
  admission.withdraw(child);
  assert.equal(admission.childWaits, false);
});
