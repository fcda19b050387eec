/**
 * How many members of a pool load modules at a time: as many as there are processors, because more loads at a time slow
 * each other down and would all be late. Each member has a cell in memory that the pool and its threads share, so that
 * a thread can begin to load while the thread of the program is busy: at once, or when another member has loaded. The
 * pool lets members load too, because only the pool knows which members live. A process asks its pool and does not see
 * these cells.
 *
 * First a thread says in its cell that it asks. Then the thread, or the pool in its name, says that it tries, and
 * counts the members that load. Both change the cell by a compare-and-swap, so only one of them tries at a time. A pool
 * that hears late of a load that is over changes nothing; it may take long until that thread reads a frame.
 */
import { process } from '../../platform/node.ts';
import { Atomics, Int32Array, Math, SharedArrayBuffer } from '../../platform/primordials.ts';

/** The place of one member among the cells. */
export interface LoadSeat {
  readonly cells: Int32Array;
  readonly place: number;
  /** How many members may load at a time. */
  readonly most: number;
}

/** Number of cells. Members beyond this number load whenever the pool hears that they ask. */
const PLACES = 4096;
/** The index of the cell that holds the highest place used so far. */
const USED = 0;
/** The index of the cell that counts the loads that have ended. Threads that wait sleep on this cell. */
const ENDS = PLACES + 1;

// The states of the cell of a member.
const FREE = 0;
const LOADS = 1;
const TRIES = 2;
const ASKS = 3;

/** `loads`: the member may load. `waits`: the member has to wait. `over`: the member does not ask any more. */
export type LoadAnswer = 'loads' | 'waits' | 'over';

/** Whether a thread can sleep until a load has ended and still handle other events meanwhile. */
const CAN_SLEEP =
  typeof Atomics.waitAsync === 'function' && !('bun' in process.versions) && !('deno' in process.versions);

export function newLoadCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (PLACES + 2)));
}

/** Gives a member a place; null if there are no cells left. */
export function openLoadSeat(cells: Int32Array, place: number, most: number): LoadSeat | null {
  if (place > PLACES) return null;
  if (place > Atomics.load(cells, USED)) Atomics.store(cells, USED, place);
  return { cells, place, most };
}

/** Says that a member that starts loads from now on, however many members load. */
export function beginStart({ cells, place }: LoadSeat): void {
  Atomics.store(cells, place, LOADS);
}

/** Says that this member wants to load. */
export function askToLoad({ cells, place }: LoadSeat): void {
  Atomics.compareExchange(cells, place, FREE, ASKS);
}

/**
 * Says that this member loads from now on, if the member asks and there is room. If two members try at once, both may
 * have to wait: then the one that gives way last wakes the threads that wait.
 *
 * @param count how many members load or try to, this member among them
 */
export function beginLoad(seat: LoadSeat, count: () => number = () => loadingCount(seat.cells)): LoadAnswer {
  const { cells, place, most } = seat;
  const was = Atomics.compareExchange(cells, place, ASKS, TRIES);
  if (was === FREE) return 'over';
  if (was === TRIES) return 'waits'; // the other side is trying to let the member load
  if (was !== ASKS) return 'loads'; // the other side has let the member load
  const answer = count() <= most ? LOADS : ASKS;
  const forced = Atomics.compareExchange(cells, place, TRIES, answer) === LOADS;
  if (answer === LOADS || forced) return 'loads';
  if (count() < most) ring(cells);
  return 'waits';
}

/** Says that a member that asks loads from now on, however many members load. */
export function forceLoad({ cells, place }: LoadSeat): void {
  if (Atomics.compareExchange(cells, place, ASKS, LOADS) === TRIES) Atomics.compareExchange(cells, place, TRIES, LOADS);
}

/** Whether the cell of this member says that the member has to wait. */
export function isAsking({ cells, place }: LoadSeat): boolean {
  const word = Atomics.load(cells, place);
  return word === ASKS || word === TRIES;
}

/** Whether the cell at this place says that its member loads, or tries to. */
export function isLoading(cells: Int32Array, place: number): boolean {
  const word = Atomics.load(cells, place);
  return word !== FREE && word !== ASKS;
}

export function endLoad({ cells, place }: LoadSeat): void {
  Atomics.store(cells, place, FREE);
  ring(cells);
}

function ring(cells: Int32Array): void {
  Atomics.add(cells, ENDS, 1);
  Atomics.notify(cells, ENDS);
}

/** How many loads have ended, plus how often a member that gave way has found room. */
export const endsOf = ({ cells }: LoadSeat): number => Atomics.load(cells, ENDS);

/**
 * Resolves when a load has ended after `endsOf` gave `ends`; `now` if one has ended already; null if this runtime
 * cannot wait for that.
 */
export function whenEnded({ cells }: LoadSeat, ends: number): Promise<unknown> | 'now' | null {
  if (!CAN_SLEEP) return null;
  const wait = Atomics.waitAsync(cells, ENDS, ends);
  if (wait.async) return wait.value;
  return Atomics.load(cells, ENDS) === ends ? null : 'now'; // unchanged: a replaced `Atomics` cannot wait
}

/** How many members load, or try to, now. */
function loadingCount(cells: Int32Array): number {
  const last = Math.min(Atomics.load(cells, USED), PLACES);
  let count = 0;
  for (let place = USED + 1; place <= last; place += 1) if (isLoading(cells, place)) count += 1;
  return count;
}
