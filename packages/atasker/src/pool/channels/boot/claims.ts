import { compareExchange, load } from './captured.ts';

/** The places in the shared numbers of a member: the run that has been asked to stop. */
export const STOPPED_RUN = 0;
/** Whether a process exits. */
export const EXITS = 1;
/** How many frames for synchronous code have come. */
export const URGENT = 2;
/** What nobody ever notifies: to wait a while. */
export const NEVER = 3;
/** Whether the modules that a process preloads have been evaluated. */
export const HAS_BEGUN = 4;
/** So many runs at most wait in one process for the end of the one before. */
export const MOST_PREFETCHED = 64;
/** From here on: which runs have been claimed. There are more places than a process ever has runs at a time. */
const CLAIMED = 5;
const CLAIMS = 4 * MOST_PREFETCHED;

/** How many shared numbers a process has. */
export const PROCESS_NUMBERS = CLAIMED + CLAIMS;

/**
 * A prefetched run is begun by the process or taken back by its watchdog, by whoever claims it first.
 * Runs are numbered in the order in which they begin, so a place only ever goes forward.
 */
export function claim(numbers: Int32Array, run: number): boolean {
  const place = CLAIMED + (run % CLAIMS);
  const seen = load(numbers, place);
  return ((run - seen) | 0) > 0 && compareExchange(numbers, place, seen, run | 0) === seen;
}
