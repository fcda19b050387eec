/** What the thread of the supervisor does with the shared run queue. memory.ts tells how it works. */
import { FROM_THE_TOP, type Priority } from '../core/priority.ts';
import {
  canTake,
  BELL,
  CLOSED,
  CURRENT,
  ENDED_HEAD,
  FREE,
  HEADS,
  HOLDING,
  LIMITS,
  LINE,
  NEXT,
  NOBODY,
  PARKED,
  READY,
  RING,
  RING_CELLS,
  RINGS,
  SPINNER,
  STARTED,
  TAILS,
  THREADS_USED,
  WORD,
  PLACE_BITS,
  OWNER_BITS,
  STATE_BITS,
  cellOf,
  load,
  placeOf,
  runAt,
  stateOf,
  swap,
  wordOf,
  type RunNumber,
  type RunQueue,
} from './memory.ts';

/** Where a ring begins: at an entry that waits, or at its end. What has been cancelled before that makes room. */
export function findHead(queue: RunQueue, ring: number): number {
  const tail = load(queue, TAILS + ring * LINE);
  for (;;) {
    const head = load(queue, HEADS + ring * LINE);
    if (head === tail || stateOf(queue, runAt(queue, ring, head)) === READY) return head;
    swap(queue, HEADS + ring * LINE, head, (head + 1) | 0);
  }
}

/** Lets threads take the entry. There must be fewer than `RING` between the head of the ring and its tail. */
export function publish(queue: RunQueue, ring: number, tail: number, run: RunNumber): void {
  Atomics.store(queue.cells, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, READY));
  Atomics.store(queue.cells, RING_CELLS + ring * RING + (tail & (RING - 1)), run);
  Atomics.store(queue.cells, TAILS + ring * LINE, (tail + 1) | 0);
}

/** Takes an entry back; false if a thread has it. */
export function withdraw(queue: RunQueue, run: RunNumber): boolean {
  return swap(queue, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, READY), wordOf(run, NOBODY, FREE));
}

/** Nobody needs the entry any more. */
export function free(queue: RunQueue, run: RunNumber): void {
  Atomics.store(queue.cells, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, FREE));
}

/** The runs that wait in a ring, in order. */
export function* readyRuns(queue: RunQueue, ring: number): Generator<RunNumber> {
  const tail = load(queue, TAILS + ring * LINE);
  for (let at = load(queue, HEADS + ring * LINE); at !== tail; at = (at + 1) | 0) {
    const run = runAt(queue, ring, at);
    if (stateOf(queue, run) === READY) yield run;
  }
}

/** The run that a thread would take now; 0 if there is none, or the limits do not allow it. */
export function nextTaken(queue: RunQueue): RunNumber {
  if (!canTake(queue)) return NOBODY;
  for (let ring = 0; ring < RINGS; ring += 1) for (const run of readyRuns(queue, ring)) return run;
  return NOBODY;
}

/** For each priority from the top: the number of running tasks below which one starts. */
export function setLimits(queue: RunQueue, limitFor: (priority: Priority) => number): void {
  FROM_THE_TOP.forEach((priority, index) => {
    Atomics.store(queue.cells, LIMITS + index, Math.min(limitFor(priority), 2 ** 31 - 1));
  });
}

/** Slots of the pool that the publisher's thread uses itself. */
export function setOwn(queue: RunQueue, count: number): void {
  Atomics.store(queue.cells, HOLDING, count);
}

/** A thread joins. */
export function openSlot(queue: RunQueue, slot: number): void {
  if (slot > load(queue, THREADS_USED)) Atomics.store(queue.cells, THREADS_USED, slot);
  Atomics.store(queue.cells, PARKED + slot, 0);
  Atomics.store(queue.cells, CURRENT + slot, NOBODY);
  Atomics.store(queue.cells, HOLDING + slot, NOBODY);
}

/** The run that a thread is at; 0 if none. */
export const currentRun = (queue: RunQueue, slot: number): RunNumber => load(queue, CURRENT + slot);

/** Whether a thread holds a slot of the pool. */
export const holdsSlot = (queue: RunQueue, slot: number): boolean => load(queue, HOLDING + slot) > 0;

/** From now on the thread takes nothing, if it is at this run (or at none) and at no other; else false. */
export function closeSlot(queue: RunQueue, slot: number, run: RunNumber): boolean {
  return (
    load(queue, HOLDING + slot) === CLOSED ||
    (run !== NOBODY && swap(queue, HOLDING + slot, run, CLOSED)) ||
    (currentRun(queue, slot) === run && swap(queue, HOLDING + slot, NOBODY, CLOSED))
  );
}

/** The slot of a run that is suspended is free for others. */
export function lower(queue: RunQueue, slot: number, run: RunNumber): void {
  swap(queue, HOLDING + slot, run, NOBODY);
}

/** A suspended run goes on. It may end at this moment. */
export function raise(queue: RunQueue, slot: number, run: RunNumber): void {
  if (swap(queue, HOLDING + slot, NOBODY, run) && stateOf(queue, run) !== STARTED) lower(queue, slot, run);
}

/** The runs that a thread which is no more has left in the first `places`, whatever their state; its slot is free. */
export function bury(queue: RunQueue, slot: number, places: number): RunNumber[] {
  Atomics.store(queue.cells, HOLDING + slot, NOBODY);
  Atomics.store(queue.cells, CURRENT + slot, NOBODY);
  Atomics.store(queue.cells, PARKED + slot, 0);
  swap(queue, SPINNER, slot, NOBODY);
  const left: RunNumber[] = [];
  for (let place = 0; place < places; place += 1) {
    const word = load(queue, cellOf(place) + WORD);
    const run = ((word >>> (OWNER_BITS + STATE_BITS)) << PLACE_BITS) | place;
    if (((word >>> STATE_BITS) & (2 ** OWNER_BITS - 1)) === slot) left.push(run);
  }
  return left;
}

/** The entries that have ended since it was asked last, in their order; each thread's in the order of its ends. */
export function takeEnded(queue: RunQueue): RunNumber[] {
  const ended: RunNumber[] = [];
  if (load(queue, ENDED_HEAD) === 0) return ended;
  for (let run = Atomics.exchange(queue.cells, ENDED_HEAD, 0); run !== 0;) {
    ended.push(run);
    run = load(queue, cellOf(placeOf(run)) + NEXT);
  }
  return ended.toReversed();
}

export const hasEnded = (queue: RunQueue): boolean => load(queue, ENDED_HEAD) !== 0;

/** Asks for a ring at the next end. Look once more for what has ended after it. Null: it has rung. */
export function armBell(queue: RunQueue): Promise<unknown> | null {
  Atomics.store(queue.cells, BELL, 1);
  const wait = Atomics.waitAsync(queue.cells, BELL, 1);
  return wait.async ? wait.value : null;
}

/** Rings, if somebody waits for it. */
export function ringBell(queue: RunQueue): void {
  if (load(queue, BELL) === 1 && swap(queue, BELL, 1, 0)) Atomics.notify(queue.cells, BELL);
}
