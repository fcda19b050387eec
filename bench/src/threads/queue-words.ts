/**
 * The memory of contenders/bare-run-queue.ts. Entries are numbered in the order of their calls; an entry has the place
 * of its number in a ring, with its argument and later its result.
 */
export const PLACES = 65_536;

/** The number of the next entry to publish, and of the next one to take; each on a cache line of its own. */
export const TAIL = 0;
export const HEAD = 16;
/** 1 while the main thread sleeps. */
export const ASLEEP = 32;
/** Two words for each thread, on a cache line of their own: whether it is parked, and how many it has done. */
const THREADS = 48;
const MOST_THREADS = 8;
const VALUES = THREADS + 32 * MOST_THREADS;
const ENDED = VALUES + PLACES;

export const WORDS = ENDED + MOST_THREADS * PLACES;

export const parked = (thread: number): number => THREADS + 32 * thread;
export const done = (thread: number): number => THREADS + 32 * thread + 16;
/** Where the argument or result of an entry is. */
export const valueAt = (entry: number): number => VALUES + (entry & (PLACES - 1));
/** Where a thread writes the number of the n-th entry that it has done. */
export const endedAt = (thread: number, n: number): number => ENDED + thread * PLACES + (n & (PLACES - 1));
