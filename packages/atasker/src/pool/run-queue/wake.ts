/** How threads of the run queue that sleep are woken. memory.ts tells how the queue works. */
import { Atomics } from '../../platform/primordials.ts';
import { CANDIDATE, CURRENT, HOLDING, lastSeat, load, NOBODY, PARKED, SPINNER, swap, type RunQueue } from './memory.ts';

/**
 * Wakes a thread that is parked; false if there is none, or if one is about to look by itself: that one
 * looks again after it has said that it does so no more.
 */
export function wakeOne(queue: RunQueue): boolean {
  if (load(queue, SPINNER) !== NOBODY) return false;
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) if (wake(queue, seat)) return true;
  return false;
}

/** What a thread that starts says in place of being parked or awake: it looks when it is ready. */
export const STARTING = 2;

/** What stands there of a thread that was woken and has not looked since: nobody counts on it until it parks again. */
const LATE = 3;

/**
 * After something was published: wakes a thread that is parked, unless another one is about to look, which wakes the
 * next one when it takes something. One that runs a task is not: that may take long, and so may the publisher's thread.
 */
export function wakeForNew(queue: RunQueue): void {
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) {
    if (load(queue, PARKED + seat) !== 1) continue;
    if (!isLookedFor(queue, last)) wake(queue, seat);
    return;
  }
}

function isLookedFor(queue: RunQueue, last: number): boolean {
  for (let seat = 1; seat <= last; seat += 1) if (isAboutToLook(queue, seat)) return true;
  return false;
}

function isAboutToLook(queue: RunQueue, seat: number): boolean {
  if (load(queue, PARKED + seat) !== 0) return false;
  const holds = load(queue, HOLDING + seat);
  return (holds === NOBODY && load(queue, CURRENT + seat) === NOBODY) || holds === CANDIDATE;
}

/**
 * Wakes another thread in place of those that were to look and have not: something that a task has left in them may
 * block them.
 */
export function wakeAnother(queue: RunQueue): void {
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) {
    if (isAboutToLook(queue, seat)) swap(queue, PARKED + seat, 0, LATE);
  }
  wakeOne(queue);
}

/** Wakes this thread, if it is parked. */
export function wake(queue: RunQueue, seat: number): boolean {
  if (load(queue, PARKED + seat) !== 1 || !swap(queue, PARKED + seat, 1, 0)) return false;
  Atomics.notify(queue.cells, PARKED + seat);
  return true;
}
