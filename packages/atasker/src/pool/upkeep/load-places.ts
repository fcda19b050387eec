import { arrayPop, arrayPush } from '../../platform/methods.ts';
import { Map, Set } from '../../platform/primordials.ts';
import {
  askToLoad,
  beginLoad,
  beginStart,
  endLoad,
  forceLoad,
  isLoading,
  newLoadCells,
  openLoadSeat,
  type LoadSeat,
} from '../channels/load-seats.ts';

/** The part of a member that matters here. */
interface Loader {
  /** Tells the member that it may load modules now. */
  mayLoad(): void;
}

/**
 * Decides which members of a pool may load modules: members that start, and members whose task needs a module. Members
 * that have a task go first. pool/conversations/loading/thread-end.ts is the other side.
 */
export class LoadPlaces<M extends Loader> {
  readonly #cells = newLoadCells();
  readonly #most: number;
  readonly #areSeen: boolean;
  readonly #freePlaces: number[] = [];
  #places = 0;
  readonly #taken = new Set<LoadSeat>();
  readonly #seats = new Map<M, LoadSeat>();
  /** The members that have asked, in the order in which they asked. */
  readonly #waiting = new Set<M>();

  /**
   * @param most how many members may load at a time
   * @param areSeen whether members see their cells: then they write by themselves that they ask and that they have
   * loaded, and may be far ahead of what the pool has heard
   */
  constructor(most: number, areSeen: boolean) {
    this.#most = most;
    this.#areSeen = areSeen;
  }

  /** Whether one more member may start now. */
  get hasRoom(): boolean {
    return this.#waiting.size === 0 && this.#loadingCount < this.#most;
  }

  /** A seat for a member that starts now and so loads modules; null if all places are in use. */
  take(): LoadSeat | null {
    const seat = openLoadSeat(this.#cells, arrayPop(this.#freePlaces) ?? ++this.#places, this.#most);
    if (seat !== null) beginStart(seat);
    if (seat !== null) this.#taken.add(seat);
    return seat;
  }

  /**
   * How many living members say in their cells that they load. Cells of other places do not count, whatever is in them.
   */
  get #loadingCount(): number {
    let count = 0;
    for (const seat of this.#taken) if (isLoading(seat.cells, seat.place)) count += 1;
    return count;
  }

  /** A member has waited too long for its turn: it loads beside the others. */
  force(member: M): void {
    if (!this.#waiting.delete(member)) return;
    const seat = this.#seats.get(member);
    if (seat !== undefined) forceLoad(seat);
    member.mayLoad();
  }

  /** Notes that the seat belongs to this member. */
  joined(member: M, seat: LoadSeat | null): void {
    if (seat !== null) this.#seats.set(member, seat);
  }

  /** A member asks whether it may load; the pool answers now or later. */
  ask(member: M): void {
    const seat = this.#seats.get(member);
    if (seat !== undefined && !this.#areSeen) askToLoad(seat);
    this.#waiting.add(member);
    this.#grant();
  }

  /** A member has started, or has loaded its modules. */
  done(member: M): void {
    const seat = this.#seats.get(member);
    if (seat !== undefined && !this.#areSeen) endLoad(seat);
    this.#waiting.delete(member); // the member may have found by itself that it could load
    this.#grant();
  }

  /** A member has exited, or its start could not begin (then `member` is null). */
  leave(member: M | null, seat: LoadSeat | null = this.#seats.get(member!) ?? null): void {
    if (member !== null) this.#seats.delete(member);
    if (member !== null) this.#waiting.delete(member);
    if (seat === null) return;
    this.#taken.delete(seat);
    endLoad(seat);
    arrayPush(this.#freePlaces, seat.place);
    this.#grant();
  }

  #grant(): void {
    for (const member of this.#waiting) {
      const seat = this.#seats.get(member);
      const answer = seat === undefined ? 'loads' : beginLoad(seat, () => this.#loadingCount);
      if (answer === 'waits') return;
      this.#waiting.delete(member);
      if (answer === 'loads') member.mayLoad();
    }
  }
}
