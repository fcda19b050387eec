import assert from 'node:assert/strict';
import type { Priority } from 'atasker';
import { PRIORITIES } from '../../src/core/priority.ts';

/** A call of a task: its number, and how many tasks had begun when the call returned. */
export interface Called {
  readonly n: number;
  readonly priority: Priority;
  readonly startsBefore: number;
}

/** A call whose task has begun, with its place in the order of all starts, from 1. */
interface Begun extends Called {
  readonly place: number;
  readonly rank: number;
}

/**
 * Checks the order in which tasks began against the rules: a thread takes no task while one of a higher priority
 * waits, and tasks of one priority in the order of their calls. A thread may have taken a task that it has not begun
 * yet (it may have to load the module first), so what is seen may differ from that by one task for each thread.
 * @param calls in the order in which they were made
 * @param starts the number of starts, then for each task number its place in the order of the starts
 * @param threads how many threads may be alive at once
 */
export function checkOrder(calls: readonly Called[], starts: Int32Array, threads: number): void {
  const begun = calls.map((call) => ({ ...call, place: starts[1 + call.n]!, rank: PRIORITIES.indexOf(call.priority) }));
  for (const { n, place } of begun) assert.ok(place > 0, `task ${n} has not begun`);
  assert.equal(new Set(begun.map(({ place }) => place)).size, calls.length, 'a task has begun twice');
  const byPlace = begun.toSorted((a, b) => a.place - b.place);
  for (let rank = 0; rank < PRIORITIES.length - 1; rank += 1) checkRank(begun, byPlace, rank, threads);
  for (const priority of PRIORITIES) {
    const own = begun.filter((call) => call.priority === priority);
    checkFirstInFirstOut(own, priority, threads);
  }
}

/**
 * While at least as many tasks above this rank wait as there are threads, one of them has not been taken. So only those
 * tasks at or below the rank may begin that had been taken before: at most one for each thread.
 */
function checkRank(begun: readonly Begun[], byPlace: readonly Begun[], rank: number, threads: number): void {
  const higher = begun.filter((call) => call.rank > rank);
  let called = 0;
  let started = 0;
  let wrong = 0;
  for (const call of byPlace) {
    while (called < higher.length && higher[called]!.startsBefore < call.place) called += 1;
    const waiting = called - started;
    if (waiting < threads) wrong = 0;
    else if (call.rank <= rank) wrong += 1;
    assert.ok(
      wrong <= threads,
      `${wrong} tasks began though ${waiting} of higher priority than ${PRIORITIES[rank]} waited`,
    );
    if (call.rank > rank) started += 1;
  }
}

/** When a task begins, those that were called before it have been taken: no more than the other threads can hold. */
function checkFirstInFirstOut(own: readonly Begun[], priority: Priority, threads: number): void {
  const begun = new Counter(own.length);
  const byPlace = own.map(({ place }, index) => ({ place, index })).toSorted((a, b) => a.place - b.place);
  for (const { index } of byPlace) {
    const left = index - begun.below(index);
    assert.ok(left < threads, `${priority} task ${own[index]!.n} began before ${left} that were called earlier`);
    begun.add(index);
  }
}

/** Counts numbers, and says how many of them are below another one: a Fenwick tree. */
class Counter {
  readonly #tree: Int32Array;

  constructor(size: number) {
    this.#tree = new Int32Array(size + 1);
  }

  add(number: number): void {
    for (let at = number + 1; at < this.#tree.length; at += at & -at) this.#tree[at]! += 1;
  }

  below(limit: number): number {
    let sum = 0;
    for (let at = limit; at > 0; at -= at & -at) sum += this.#tree[at]!;
    return sum;
  }
}
