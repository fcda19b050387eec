/**
 * Tells whether the shared memory still holds what the publisher, and threads that keep to the rules, have written.
 * Foreign code may have written anything (memory.ts).
 */
import { each } from '../../platform/methods.ts';
import { Map, Set } from '../../platform/primordials.ts';
import {
  CANDIDATE,
  CLOSED,
  CURRENT,
  ENDED,
  FREE,
  HEADS,
  HOLDING,
  kindOf,
  LINE,
  load,
  NOBODY,
  ownerOf,
  PARKED,
  READY,
  REVOKED,
  RING,
  RINGS,
  runAt,
  SENT,
  SPINNER,
  stateOf,
  TAILS,
  THREADS_USED,
  type RunNumber,
  type RunQueue,
} from './memory.ts';

/** What the publisher knows without a look at the memory. */
export interface Known {
  /** The runs that have an entry now. */
  readonly runs: readonly RunNumber[];
  /** Whether a thread that lives has this seat. */
  isSeated(seat: number): boolean;
}

/** Whether something stands in the memory that can never be there. */
export function isDamaged(queue: RunQueue, known: Known): boolean {
  const spinner = load(queue, SPINNER);
  if (spinner !== NOBODY && !known.isSeated(spinner)) return true;
  if (hasForeignCells(queue)) return true;
  const waiting = waitingRuns(queue); // read before the words: what is READY then was READY already
  if (waiting === null) return true;
  for (const run of each(known.runs)) {
    const state = stateOf(queue, run); // FREE if the word is that of another use
    if (state === FREE || state > REVOKED) return true;
    if (state === READY ? !waiting.has(run) : !known.isSeated(ownerOf(queue, run))) return true;
  }
  return false;
}

/** Whether the cells that only the publisher writes hold something else than it has written. */
function hasForeignCells(queue: RunQueue): boolean {
  const { written } = queue;
  for (let cell = THREADS_USED; cell < written.length; cell += 1) {
    const isHead = cell >= HEADS && cell < TAILS;
    if (!isHead && load(queue, cell) !== written[cell]) return true;
  }
  return false;
}

/** The runs between the heads and the tails of the rings; null if a head is not where it may be. */
function waitingRuns(queue: RunQueue): Set<RunNumber> | null {
  const waiting = new Set<RunNumber>();
  for (let ring = 0; ring < RINGS; ring += 1) {
    const head = load(queue, HEADS + ring * LINE);
    const count = (queue.written[TAILS + ring * LINE]! - head) | 0;
    if (count < 0 || count > RING) return null;
    for (let step = 0; step < count; step += 1) waiting.add(runAt(queue, ring, (head + step) | 0));
  }
  return waiting;
}

/**
 * What stands in the memory, by what it is about: the number of a run, or the seat of a thread as a negative number.
 */
export type Oddities = Map<number, number>;

/**
 * States that are right only for a moment, between two steps of a thread, with what stands in the memory. While tasks
 * end, a thread may be about to take a task at any number of looks, so after each end that counts as something else.
 *
 * @param ends how many tasks have ended so far
 */
export function oddities(queue: RunQueue, { runs }: Known, threads: number, ends: number): Oddities {
  const odd: Oddities = new Map();
  for (const run of each(runs)) {
    const state = stateOf(queue, run);
    if (state === READY) continue;
    if (state === ENDED ? isForgotten(queue, run) : load(queue, CURRENT + ownerOf(queue, run)) !== run) {
      odd.set(run, state);
    }
  }
  for (let seat = 1; seat <= threads; seat += 1) {
    const current = load(queue, CURRENT + seat);
    const holds = load(queue, HOLDING + seat);
    if (current !== NOBODY && ownerOf(queue, current) !== seat) odd.set(-seat, current);
    else if (holds === CANDIDATE) odd.set(-seat, CANDIDATE - ends);
    else if (holds !== NOBODY && holds !== CLOSED && holds !== current) odd.set(-seat, holds);
  }
  return odd;
}

/**
 * Whether a run has ended and its thread should have told by now: its outcome stands in the entry, or its thread sleeps
 * or has another run. A thread that does neither may still be sending a large result, which takes long.
 */
function isForgotten(queue: RunQueue, run: RunNumber): boolean {
  if (kindOf(queue, run) !== SENT) return true;
  const owner = ownerOf(queue, run);
  const current = load(queue, CURRENT + owner);
  return load(queue, PARKED + owner) === 1 || (current !== NOBODY && current !== run);
}
