/** How sleeping threads of the run queue are woken. memory.ts tells how the queue works. */
import { Atomics } from '../../platform/primordials.ts';
import {
  BELL,
  CANDIDATE,
  canTake,
  CURRENT,
  HOLDING,
  lastSeat,
  load,
  NOBODY,
  PARKED,
  SPINNER,
  swap,
  type RunQueue,
} from './memory.ts';

/**
 * Wakes a thread that is parked. Returns false if none is, or if a thread is spinning: that thread looks once more
 * after it has said that it does not spin any more.
 */
export function wakeOne(queue: RunQueue): boolean {
  if (load(queue, SPINNER) !== NOBODY) return false;
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) if (wake(queue, seat)) return true;
  return false;
}

/**
 * Stands in the `PARKED` cell of a thread that starts, which is neither parked nor awake: it looks when it is ready.
 */
export const STARTING = 2;

/**
 * Stands in the `PARKED` cell of a thread that was woken and has not looked since. Nobody counts on such a thread until
 * it parks again.
 */
const LATE = 3;

/**
 * Wakes a parked thread after something was published, unless another thread is about to look: that one wakes the next
 * when it takes something. A thread that runs a task is not about to look, because its task may take long, and the
 * publisher's thread may be busy for long too. While all slots are taken, nobody is woken: who frees a slot looks.
 */
export function wakeForNew(queue: RunQueue): void {
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) {
    if (load(queue, PARKED + seat) !== 1) continue;
    if (!isLookedFor(queue, last) && canTake(queue)) wake(queue, seat);
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
 * Wakes another thread in place of those that were about to look and have not: something that a task has left in them
 * may block them.
 */
export function wakeAnother(queue: RunQueue): void {
  const last = lastSeat(queue);
  for (let seat = 1; seat <= last; seat += 1) {
    if (isAboutToLook(queue, seat)) swap(queue, PARKED + seat, 0, LATE);
  }
  wakeOne(queue);
}

/** Wakes this thread if it is parked. Returns whether it was. */
export function wake(queue: RunQueue, seat: number): boolean {
  if (load(queue, PARKED + seat) !== 1 || !swap(queue, PARKED + seat, 1, 0)) return false;
  Atomics.notify(queue.cells, PARKED + seat);
  return true;
}

/** Rings the bell if it is armed: the publisher waits for it. */
export function ringBell(queue: RunQueue): void {
  if (load(queue, BELL) === 1 && swap(queue, BELL, 1, 0)) Atomics.notify(queue.cells, BELL);
}
