import { compareExchange, load } from './captured.ts';

/** Index, in the shared numbers of a member, of the number of the run that has been asked to stop. */
export const STOPPED_RUN = 0;
/** Index of the number that is 1 once a process exits. */
export const EXITS = 1;
/** Index of the count of frames for synchronous code that have arrived. */
export const URGENT = 2;
/** Index of a number that nobody ever notifies: code waits on it to sleep for some time. */
export const NEVER = 3;
/** Index of the number that is 1 once the modules that a process preloads have been evaluated. */
export const HAS_BEGUN = 4;
/** Maximum number of prefetched runs that wait in one process for the run before them to end. */
export const MOST_PREFETCHED = 64;
/**
 * Index of the first number that says which run has been claimed. There are more of these numbers than a process ever
 * has runs at a time.
 */
const CLAIMED = 5;
const CLAIMS = 4 * MOST_PREFETCHED;

/** How many shared numbers a process has. */
export const PROCESS_NUMBERS = CLAIMED + CLAIMS;

/**
 * Claims a prefetched run: the process claims the run to begin it, and the watchdog claims the run to take it back. The
 * first claim wins; the second returns false. Runs are numbered in the order in which they begin, so the number that
 * stands in a place only ever grows.
 */
export function claim(numbers: Int32Array, run: number): boolean {
  const place = CLAIMED + (run % CLAIMS);
  const seen = load(numbers, place);
  return ((run - seen) | 0) > 0 && compareExchange(numbers, place, seen, run | 0) === seen;
}
