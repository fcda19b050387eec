import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Entry } from '../../src/core/admission.ts';
import { PRIORITIES, type Priority } from '../../src/core/priority.ts';

/** The least that a core queue needs of a task, and a number to tell it by. */
export interface NumberedEntry extends Entry {
  readonly id: number;
  /** The number of its entry in a run queue; 0 if it has none. */
  place: number;
}

/** What the run queue says of each. */
const SAME = { name: 'same', idPrefix: 'task-', sequence: 1, args: '', target: { address: { name: 'same' } } };

export function newEntry(id: number, priority: Priority = 'normal', isChild = false): NumberedEntry {
  return {
    ...SAME,
    place: 0,
    id,
    priority,
    isChild,
    lane: null,
    before: null,
    after: null,
    delayed: null,
    holdsSlot: false,
  };
}

/** The ids, each once: a queue that goes in circles must fail a test, not hang it. */
export function idsOf(entries: Iterable<NumberedEntry>): number[] {
  const ids = new Set<number>();
  for (const { id } of entries) {
    assert.ok(!ids.has(id), `entry ${id} is there twice`);
    ids.add(id);
  }
  return [...ids];
}

export const anyPriority: fc.Arbitrary<Priority> = fc.constantFrom(...PRIORITIES);
