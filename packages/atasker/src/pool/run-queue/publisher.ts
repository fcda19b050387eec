/**
 * The publisher's side of the shared run queue: what the supervisor's thread does with it. memory.ts tells how it
 * works.
 */
import { FROM_THE_TOP, type Priority } from '../../core/priority.ts';
import { arrayForEach, arrayPush, arrayReversed, generated } from '../../platform/methods.ts';
import { Atomics, Math } from '../../platform/primordials.ts';
import {
  canTake,
  BELL,
  CLOSED,
  CURRENT,
  ENDED_HEAD,
  ENTRIES,
  FREE,
  HEADS,
  HOLDING,
  LIMITS,
  LINE,
  NEXT,
  NOBODY,
  PARKED,
  READY,
  REVOKED,
  RING,
  RING_BITS,
  RING_CELLS,
  RINGS,
  SPINNER,
  STARTED,
  TAILS,
  TAKEN,
  THREADS_USED,
  WORD,
  PLACE_BITS,
  OWNER_BITS,
  STATE_BITS,
  cellOf,
  hasMore,
  isUsed,
  load,
  ownerOf,
  placeOf,
  runAt,
  stateOf,
  swap,
  wordOf,
  write,
  type RunNumber,
  type RunQueue,
} from './memory.ts';
import { STARTING } from './wake.ts';

/**
 * Moves the head of a ring to the first entry that waits, or to the end, and returns it. Canceled entries before that
 * make room.
 */
export function findHead(queue: RunQueue, ring: number): number {
  const tail = queue.written[TAILS + ring * LINE]!;
  let head = load(queue, HEADS + ring * LINE);
  for (let step = 0; step < RING && head !== tail; step += 1) {
    if (stateOf(queue, runAt(queue, ring, head)) === READY) break;
    swap(queue, HEADS + ring * LINE, head, (head + 1) | 0);
    head = load(queue, HEADS + ring * LINE);
  }
  return head;
}

/**
 * Publishes an entry, so that threads can take it. Fewer than `RING` entries must be between the head of the ring and
 * its tail.
 */
export function publish(queue: RunQueue, ring: number, tail: number, run: RunNumber): void {
  const bits = queue.written[RING_BITS]!;
  if (!isUsed(bits, ring)) write(queue, RING_BITS, bits | (1 << ring));
  Atomics.store(queue.cells, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, READY));
  write(queue, RING_CELLS + ring * RING + (tail & (RING - 1)), run);
  write(queue, TAILS + ring * LINE, (tail + 1) | 0);
}

/** Says behind which rings more waits: one bit for each ring. Wake a thread after bits have been cleared. */
export function setBehind(queue: RunQueue, rings: number): void {
  const used = queue.written[RING_BITS]! & (2 ** RINGS - 1);
  write(queue, RING_BITS, used | (rings << RINGS));
}

/** Takes an entry back; false if a thread has taken it. */
export function withdraw(queue: RunQueue, run: RunNumber): boolean {
  return swap(queue, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, READY), wordOf(run, NOBODY, FREE));
}

/** Prevents a run that a thread has taken from beginning; false if it has begun, or is over. */
export function revoke(queue: RunQueue, run: RunNumber): boolean {
  const owner = ownerOf(queue, run);
  return swap(queue, cellOf(placeOf(run)) + WORD, wordOf(run, owner, TAKEN), wordOf(run, owner, REVOKED));
}

/** Frees an entry that nobody needs any more. */
export function free(queue: RunQueue, run: RunNumber): void {
  Atomics.store(queue.cells, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, FREE));
}

/** The runs that wait in a ring, in order. */
export function readyRuns(queue: RunQueue, ring: number): IterableIterator<RunNumber> {
  return generated(runsIn(queue, ring));
}

function* runsIn(queue: RunQueue, ring: number): Generator<RunNumber> {
  const tail = queue.written[TAILS + ring * LINE]!;
  const head = load(queue, HEADS + ring * LINE);
  for (let at = head, step = 0; at !== tail && step < RING; at = (at + 1) | 0, step += 1) {
    const run = runAt(queue, ring, at);
    if (stateOf(queue, run) === READY) yield run;
  }
}

/**
 * The runs that were published last, as many as the rings have room for, in order. All runs that wait are among them.
 */
export function lastPublished({ written }: RunQueue): RunNumber[] {
  const runs: RunNumber[] = [];
  for (let ring = 0; ring < RINGS; ring += 1) {
    const tail = written[TAILS + ring * LINE]!;
    for (let at = tail - RING; at < tail; at += 1)
      arrayPush(runs, written[RING_CELLS + ring * RING + (at & (RING - 1))]!);
  }
  return runs;
}

/** The run that a thread would take now; 0 if there is none, or the limits do not allow it. */
export function nextTaken(queue: RunQueue): RunNumber {
  if (!canTake(queue)) return NOBODY;
  const bits = load(queue, RING_BITS);
  for (let ring = 0; ring < RINGS; ring += 1) {
    for (const run of readyRuns(queue, ring)) return run;
    if (hasMore(bits, ring)) return NOBODY;
  }
  return NOBODY;
}

/** Sets, for each priority from the top, the number of running tasks below which a task starts. */
export function setLimits(queue: RunQueue, limitFor: (priority: Priority) => number): void {
  arrayForEach(FROM_THE_TOP, (priority, index) => {
    write(queue, LIMITS + index, Math.min(limitFor(priority), 2 ** 31 - 1));
  });
}

/** Sets how many slots of the pool the publisher's thread uses itself. */
export function setOwn(queue: RunQueue, count: number): void {
  write(queue, HOLDING, count);
}

/** Prepares the seat of a thread that joins. */
export function openSeat(queue: RunQueue, seat: number): void {
  if (seat > queue.written[THREADS_USED]!) write(queue, THREADS_USED, seat);
  Atomics.store(queue.cells, PARKED + seat, STARTING);
  Atomics.store(queue.cells, CURRENT + seat, NOBODY);
  Atomics.store(queue.cells, HOLDING + seat, NOBODY);
}

/** The run that a thread has taken and not ended; 0 if none. */
export const currentRun = (queue: RunQueue, seat: number): RunNumber => load(queue, CURRENT + seat);

/** Whether a thread holds a slot of the pool. */
export const holdsSlot = (queue: RunQueue, seat: number): boolean => load(queue, HOLDING + seat) > 0;

/**
 * Closes a thread, so that it takes nothing any more. Returns false if the thread has another run than this one (0:
 * none).
 */
export function closeSeat(queue: RunQueue, seat: number, run: RunNumber): boolean {
  return (
    load(queue, HOLDING + seat) === CLOSED ||
    (run !== NOBODY && swap(queue, HOLDING + seat, run, CLOSED)) ||
    (currentRun(queue, seat) === run && swap(queue, HOLDING + seat, NOBODY, CLOSED))
  );
}

/** Frees the slot of a run that is suspended. */
export function lower(queue: RunQueue, seat: number, run: RunNumber): void {
  swap(queue, HOLDING + seat, run, NOBODY);
}

/** Gives the slot back to a suspended run that goes on. The run may end at this moment. */
export function raise(queue: RunQueue, seat: number, run: RunNumber): void {
  if (swap(queue, HOLDING + seat, NOBODY, run) && stateOf(queue, run) !== STARTED) lower(queue, seat, run);
}

/**
 * Frees the slot of a thread that is gone. Returns the runs that the thread has left in the first `places` entries,
 * whatever the state of these entries.
 */
export function bury(queue: RunQueue, seat: number, places: number): RunNumber[] {
  Atomics.store(queue.cells, HOLDING + seat, NOBODY);
  Atomics.store(queue.cells, CURRENT + seat, NOBODY);
  Atomics.store(queue.cells, PARKED + seat, STARTING); // nobody has to wait for this thread
  swap(queue, SPINNER, seat, NOBODY);
  const left: RunNumber[] = [];
  for (let place = 0; place < places; place += 1) {
    const word = load(queue, cellOf(place) + WORD);
    const run = ((word >>> (OWNER_BITS + STATE_BITS)) << PLACE_BITS) | place;
    if (((word >>> STATE_BITS) & (2 ** OWNER_BITS - 1)) === seat) arrayPush(left, run);
  }
  return left;
}

/**
 * Takes the entries that have ended since the last call, in the order in which threads have told of them. Each thread
 * tells in the order of its ends.
 */
export function takeEnded(queue: RunQueue): RunNumber[] {
  const ended: RunNumber[] = [];
  if (load(queue, ENDED_HEAD) === 0) return ended;
  let run = Atomics.exchange(queue.cells, ENDED_HEAD, 0);
  while (run !== 0 && ended.length < ENTRIES) {
    arrayPush(ended, run);
    run = load(queue, cellOf(placeOf(run)) + NEXT);
  }
  return arrayReversed(ended);
}

export const hasEnded = (queue: RunQueue): boolean => load(queue, ENDED_HEAD) !== 0;

/**
 * Arms the bell, which rings at the next end. After this, look once more for what has ended. Null if it has rung
 * already.
 */
export function armBell(queue: RunQueue): Promise<unknown> | null {
  Atomics.store(queue.cells, BELL, 1);
  const wait = Atomics.waitAsync(queue.cells, BELL, 1);
  return wait.async ? wait.value : null;
}

/** Whether the bell has been armed and has not rung. */
export const isBellArmed = (queue: RunQueue): boolean => load(queue, BELL) === 1;

/** Disarms the bell and wakes the publisher if it waits for the bell, whatever stands in the memory. */
export function muffleBell(queue: RunQueue): void {
  Atomics.store(queue.cells, BELL, 0);
  Atomics.notify(queue.cells, BELL);
}
