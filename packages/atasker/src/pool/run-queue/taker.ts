/** The takers' side of the shared run queue: what the threads of a pool do with it. memory.ts tells how it works. */
import { FROM_THE_TOP, type Priority } from '../../core/priority.ts';
import { Atomics, Error } from '../../platform/primordials.ts';
import {
  CANDIDATE,
  CLOSED,
  CURRENT,
  ENDED,
  ENDED_HEAD,
  HEADS,
  flagsOf,
  HOLDING,
  HOLDS_ON,
  LIMITS,
  LINE,
  NEXT,
  NOBODY,
  PARKED,
  READY,
  RING_BITS,
  RINGS,
  SPINNER,
  STARTED,
  STARTED_AT,
  TAILS,
  TAKEN,
  WORD,
  canTake,
  cellOf,
  hasMore,
  isUsed,
  load,
  loadAgain,
  placeOf,
  runAt,
  running,
  swap,
  wordOf,
  type RunNumber,
  type RunQueue,
} from './memory.ts';
import { ringBell, wakeOne } from './wake.ts';

/** The next step of a thread on its way to a task. `taken`, `nothing` and `closed` end that way. */
type At =
  | 'raise'
  | 'see'
  | 'look'
  | 'count'
  | 'read'
  | 'claim'
  | 'advance'
  | 'own'
  | 'lower'
  | 'taken'
  | 'nothing'
  | 'closed';

/** The state of a thread that takes tasks. A thread keeps one such object. */
export interface Taker {
  readonly seat: number;
  at: At;
  /** What the thread has read in `RING_BITS` before it looked at any ring. */
  bits: number;
  ring: number;
  /** The priority for which the thread has counted and found room, as its place from the top; -1 for none. */
  counted: number;
  head: number;
  run: RunNumber;
  hasClaimed: boolean;
}

export function newTaker(seat: number): Taker {
  return { seat, at: 'raise', bits: 0, ring: 0, counted: -1, head: 0, run: NOBODY, hasClaimed: false };
}

/** Takes the next task that the limits allow; 0 if there is none, or if the thread may take no more. */
export function take(queue: RunQueue, taker: Taker): RunNumber {
  set(taker, 'raise');
  while (!isThere(taker)) takeStep(queue, taker);
  return taker.at === 'taken' ? taker.run : NOBODY;
}

function set(taker: Taker, at: At): void {
  taker.at = at;
}

/** Whether the way of the thread to a task has ended. */
export function isThere({ at }: Taker): boolean {
  return at === 'taken' || at === 'nothing' || at === 'closed';
}

/** The priority of the run that the thread has taken. */
export function priorityOf({ ring }: Taker): Priority {
  return FROM_THE_TOP[ring >> 1]!;
}

/**
 * Does one step. Steps are small, so that tests can interleave the steps of several threads: a step makes one look at
 * what others write, or one write that others see.
 */
export function takeStep(queue: RunQueue, taker: Taker): void {
  switch (taker.at) {
    case 'raise':
      return raise(queue, taker);
    case 'see':
      return see(queue, taker);
    case 'look':
      return look(queue, taker);
    case 'count':
      return count(queue, taker);
    case 'read':
      return read(queue, taker);
    case 'claim':
      return claim(queue, taker);
    case 'advance':
      return advance(queue, taker);
    case 'own':
      return own(queue, taker);
    case 'lower':
      return lower(queue, taker);
    case 'taken':
    case 'nothing':
    case 'closed':
      throw new Error('atasker: this taker has ended already');
  }
}

function raise(queue: RunQueue, taker: Taker): void {
  taker.ring = 0;
  taker.counted = -1;
  taker.hasClaimed = false;
  if (swap(queue, HOLDING + taker.seat, NOBODY, CANDIDATE)) taker.at = 'see';
  else taker.at = load(queue, HOLDING + taker.seat) === CLOSED ? 'closed' : 'nothing'; // or its last run keeps the slot
}

function see(queue: RunQueue, taker: Taker): void {
  taker.bits = load(queue, RING_BITS);
  taker.at = 'look';
}

/** Finds the most urgent ring that is not empty. Stops at an empty ring that has more behind it. */
function look(queue: RunQueue, taker: Taker): void {
  const { bits } = taker;
  const ring = nextUsed(bits, taker.ring);
  taker.ring = ring;
  if (ring === RINGS) {
    taker.at = 'lower';
    return;
  }
  taker.head = load(queue, HEADS + ring * LINE);
  if (taker.head !== load(queue, TAILS + ring * LINE)) taker.at = taker.counted === ring >> 1 ? 'read' : 'count';
  else if (hasMore(bits, ring)) taker.at = 'lower';
  else taker.ring += 1;
}

/** The first ring from this one on that may hold something, or has something behind it. */
function nextUsed(bits: number, from: number): number {
  let ring = from;
  while (ring < RINGS && !isUsed(bits, ring) && !hasMore(bits, ring)) ring += 1;
  return ring;
}

/**
 * Checks the limit. If a priority has no room, less urgent ones have none either, because their limits are not higher.
 */
function count(queue: RunQueue, taker: Taker): void {
  const priority = taker.ring >> 1;
  taker.counted = priority;
  taker.at = running(queue) > load(queue, LIMITS + priority) ? 'lower' : 'read';
}

/** Reads the run at the head. If the head has not moved meanwhile, that run stood there. */
function read(queue: RunQueue, taker: Taker): void {
  taker.run = runAt(queue, taker.ring, taker.head);
  taker.at = loadAgain(queue, HEADS + taker.ring * LINE) === taker.head ? 'claim' : 'look';
}

function claim(queue: RunQueue, taker: Taker): void {
  const { run, seat } = taker;
  taker.hasClaimed = swap(queue, cellOf(placeOf(run)) + WORD, wordOf(run, NOBODY, READY), wordOf(run, seat, TAKEN));
  taker.at = 'advance';
}

function advance(queue: RunQueue, taker: Taker): void {
  swap(queue, HEADS + taker.ring * LINE, taker.head, (taker.head + 1) | 0);
  taker.at = taker.hasClaimed ? 'own' : 'look';
}

function own(queue: RunQueue, taker: Taker): void {
  Atomics.store(queue.cells, HOLDING + taker.seat, taker.run); // first: a current run without a slot means suspended
  Atomics.store(queue.cells, CURRENT + taker.seat, taker.run);
  taker.at = 'taken';
}

/**
 * Lowers the cell. Another thread may have given way to this one; the last to lower its cell finds the room when it
 * parks.
 */
function lower(queue: RunQueue, taker: Taker): void {
  Atomics.store(queue.cells, HOLDING + taker.seat, NOBODY);
  taker.at = 'nothing';
}

/** Wakes the next thread while more tasks could run. Called by a thread that has taken a task. */
export function passOn(queue: RunQueue): void {
  if (canTake(queue)) wakeOne(queue);
}

/**
 * Says that the function of a run begins, at this time in monotonic milliseconds; false if it must not begin any more.
 */
export function begin(queue: RunQueue, { seat, run }: Taker, at: number): boolean {
  const cell = cellOf(placeOf(run));
  queue.numbers[(cell + STARTED_AT) / 2] = at;
  if (swap(queue, cell + WORD, wordOf(run, seat, TAKEN), wordOf(run, seat, STARTED))) return true;
  queue.numbers[(cell + STARTED_AT) / 2] = 0;
  return false;
}

/**
 * Ends a run whose outcome stands in its entry, or is sent in another way. Its slot is free, except with `HOLDS_ON`.
 */
export function end(queue: RunQueue, { seat, run }: Taker): void {
  Atomics.store(queue.cells, cellOf(placeOf(run)) + WORD, wordOf(run, seat, ENDED));
  Atomics.store(queue.cells, CURRENT + seat, NOBODY);
  if ((flagsOf(queue, run) & HOLDS_ON) === 0) swap(queue, HOLDING + seat, run, NOBODY); // not if suspended or closed
}

/** Adds the entry to the list of ended entries, and rings the bell if it is armed. */
export function tellEnd(queue: RunQueue, run: RunNumber): void {
  const next = cellOf(placeOf(run)) + NEXT;
  let head: RunNumber;
  do {
    head = load(queue, ENDED_HEAD);
    queue.cells[next] = head;
  } while (!swap(queue, ENDED_HEAD, head, run));
  ringBell(queue);
}

/** Whether there is a task that this thread can take. False while the last run of the thread holds on to its slot. */
function canTakeHere(queue: RunQueue, seat: number): boolean {
  return load(queue, HOLDING + seat) === NOBODY && canTake(queue);
}

/** Says that the thread is ready and looks for tasks from now on. */
export function arrive(queue: RunQueue, seat: number): void {
  Atomics.store(queue.cells, PARKED + seat, 0);
}

/** Says that the thread sleeps from now on; false if it must not, because there is a task for it. */
export function park(queue: RunQueue, seat: number): boolean {
  Atomics.store(queue.cells, PARKED + seat, 1);
  return !canTakeHere(queue, seat) || !swap(queue, PARKED + seat, 1, 0);
}

/** Blocks the thread while it is parked, for `ms` milliseconds at most. */
export function sleepBlocked(queue: RunQueue, seat: number, ms: number): void {
  Atomics.wait(queue.cells, PARKED + seat, 1, ms);
}

/** Resolves when the thread is woken; null if it is awake already. */
export function whenWoken(queue: RunQueue, seat: number): Promise<unknown> | null {
  const wait = Atomics.waitAsync(queue.cells, PARKED + seat, 1);
  return wait.async ? wait.value : null;
}

/**
 * Looks for a task before the thread sleeps, until `isOver` says to stop. Returns whether there is one; false at once
 * if another thread looks already.
 */
export function spin(queue: RunQueue, seat: number, isOver: () => boolean): boolean {
  if (!swap(queue, SPINNER, NOBODY, seat)) return false;
  let found = canTakeHere(queue, seat);
  while (!found && !isOver()) found = canTakeHere(queue, seat);
  swap(queue, SPINNER, seat, NOBODY);
  return found;
}
