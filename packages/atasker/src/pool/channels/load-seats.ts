/**
 * How many members of a pool load modules at a time: as many as there are processors, for more of them together are
 * slower, and all would be too late. Each member has a cell in memory that its pool and the threads of the pool share,
 * so that a thread can begin while the thread of the program is busy: at once, or when another one has loaded. The
 * pool lets it in too, for it alone knows which members live. A process asks its pool and sees nothing of this.
 *
 * A thread says that it asks. Then it, or the pool in its name, says that it tries, and counts the members that load.
 * Both move the cell on by a compare-and-swap, so only one of them tries at a time, and a pool that hears late of a
 * load that is over changes nothing: it may be long until that thread reads anything.
 */
import { process } from '../../platform/node.ts';
import { Atomics, Int32Array, Math, SharedArrayBuffer } from '../../platform/primordials.ts';

/** The place of one member among the others. */
export interface LoadSeat {
  readonly cells: Int32Array;
  readonly place: number;
  /** How many may load at a time. */
  readonly most: number;
}

/** Members beyond this many load whenever they want to. */
const PLACES = 4096;
/** The cell that says which places have been used so far. */
const USED = 0;
/** How many loads have ended: threads that wait sleep on it. */
const ENDS = PLACES + 1;

// What stands in the cell of a member.
const FREE = 0;
const LOADS = 1;
const TRIES = 2;
const ASKS = 3;

/** `over`: the member does not ask any more. */
export type LoadAnswer = 'loads' | 'waits' | 'over';

/** Whether a thread can sleep until a load has ended, and hears other things meanwhile. */
const CAN_SLEEP =
  typeof Atomics.waitAsync === 'function' && !('bun' in process.versions) && !('deno' in process.versions);

export function newLoadCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (PLACES + 2)));
}

/** Gives a member a place. */
export function openLoadSeat(cells: Int32Array, place: number, most: number): LoadSeat | null {
  if (place > PLACES) return null;
  if (place > Atomics.load(cells, USED)) Atomics.store(cells, USED, place);
  return { cells, place, most };
}

/** Says that a member which starts loads from now on, however many do. */
export function beginStart({ cells, place }: LoadSeat): void {
  Atomics.store(cells, place, LOADS);
}

/** Says that this member wants to load. */
export function askToLoad({ cells, place }: LoadSeat): void {
  Atomics.compareExchange(cells, place, FREE, ASKS);
}

/**
 * Says that this member loads from now on, if it asks and there is room. Of two that try at once both may have to wait:
 * then the one that gives way last rings.
 *
 * @param count how many load, and try to, this member among them
 */
export function beginLoad(seat: LoadSeat, count: () => number = () => loadingCount(seat.cells)): LoadAnswer {
  const { cells, place, most } = seat;
  const was = Atomics.compareExchange(cells, place, ASKS, TRIES);
  if (was === FREE) return 'over';
  if (was === TRIES) return 'waits'; // the other side tries to let it in
  if (was !== ASKS) return 'loads'; // the other side has let it in
  const answer = count() <= most ? LOADS : ASKS;
  const forced = Atomics.compareExchange(cells, place, TRIES, answer) === LOADS;
  if (answer === LOADS || forced) return 'loads';
  if (count() < most) ring(cells);
  return 'waits';
}

/** Says that a member which asks loads from now on, however many do. */
export function forceLoad({ cells, place }: LoadSeat): void {
  if (Atomics.compareExchange(cells, place, ASKS, LOADS) === TRIES) Atomics.compareExchange(cells, place, TRIES, LOADS);
}

/** Whether this member says that it has to wait. */
export function isAsking({ cells, place }: LoadSeat): boolean {
  const word = Atomics.load(cells, place);
  return word === ASKS || word === TRIES;
}

/** Whether the member at this place says that it loads, or tries to. */
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

/** How many loads have ended, and times that there was room. */
export const endsOf = ({ cells }: LoadSeat): number => Atomics.load(cells, ENDS);

/** Resolves when a load has ended after there were so many; `now` if one has already; null if one cannot wait for that here. */
export function whenEnded({ cells }: LoadSeat, ends: number): Promise<unknown> | 'now' | null {
  if (!CAN_SLEEP) return null;
  const wait = Atomics.waitAsync(cells, ENDS, ends);
  if (wait.async) return wait.value;
  return Atomics.load(cells, ENDS) === ends ? null : 'now'; // the same: whoever has replaced `Atomics` here cannot wait
}

/** How many members load now. */
function loadingCount(cells: Int32Array): number {
  const last = Math.min(Atomics.load(cells, USED), PLACES);
  let count = 0;
  for (let place = USED + 1; place <= last; place += 1) if (isLoading(cells, place)) count += 1;
  return count;
}
