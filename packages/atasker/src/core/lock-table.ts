import { Map } from '../platform/primordials.ts';
import { Lane, type Linked } from './lane.ts';

/** The task that asks for a lock. */
export interface LockUser {
  readonly id: string;
  readonly name: string;
}

/** A request for a lock: it waits, then holds the lock, then is over. */
export interface LockClaim {
  /** Whether it holds the lock. */
  readonly isGranted: boolean;
  /** Who held it when that was heard last, for a message; null if nobody did, or it was not heard. */
  readonly heldBy: string | null;
  /** Gives the lock back, or takes the request back. Once more does nothing. */
  release(): void;
}

/** Where locks are asked for. */
export interface LockAuthority {
  /** Whether `askSync` waits: blocking the thread that hands the locks out would block all who wait for one. */
  readonly mayBlock: boolean;
  /** Asks for a lock by its name, for a task or for code outside of tasks. `granted` is called if it is there only later. */
  ask(name: string, user: LockUser | null, granted: () => void): LockClaim;
  /** The same in synchronous code; it is not granted if it is not there in time. */
  askSync(name: string, user: LockUser | null, timeoutMs: number): LockClaim;
}

/** The locks of a supervisor by name: whoever asks first holds it, the others follow in the order in which they ask. */
export class LockTable implements LockAuthority {
  readonly mayBlock = false;
  readonly #lanes = new Map<string, Lane<Claim>>();
  /** For which lock each task waits, by its id; the last one, if it waits for several. */
  readonly #waits = new Map<string, Wait>();

  ask(name: string, user: LockUser | null, granted: () => void): LockClaim {
    const lane = this.#lanes.get(name) ?? new Lane<Claim>();
    const claim = new Claim(
      () => {
        this.#waitsNoMore(claim);
        granted();
      },
      () => this.#release(name, lane, claim),
      user,
    );
    lane.push(claim);
    this.#lanes.set(name, lane);
    claim.isGranted = lane.first === claim;
    if (!claim.isGranted) claim.heldBy = describeUser(lane.first!.user);
    if (!claim.isGranted && user !== null) this.#waits.set(user.id, { name, lane, claim });
    return claim;
  }

  /** Which lock the task waits for and who holds it, for a message; null if it waits for none. */
  describeWait(task: string): string | null {
    const wait = this.#waits.get(task);
    return wait === undefined ? null : `the lock ${wait.name}, held by ${describeUser(wait.lane.first!.user)}`;
  }

  #waitsNoMore(claim: Claim): void {
    const task = claim.user?.id;
    if (task !== undefined && this.#waits.get(task)?.claim === claim) this.#waits.delete(task);
  }

  askSync(name: string, user: LockUser | null): LockClaim {
    const claim = this.ask(name, user, () => {});
    if (!claim.isGranted) claim.release();
    return claim;
  }

  #release(name: string, lane: Lane<Claim>, claim: Claim): void {
    if (claim.lane === null) return;
    lane.remove(claim);
    const { first } = lane;
    if (!claim.isGranted) {
      this.#waitsNoMore(claim);
      claim.heldBy = describeUser(first!.user);
    }
    if (first === null) this.#lanes.delete(name);
    else if (claim.isGranted) first.grant();
    claim.isGranted = false;
  }
}

interface Wait {
  readonly name: string;
  readonly lane: Lane<Claim>;
  readonly claim: Claim;
}

function describeUser(user: LockUser | null): string {
  return user === null ? 'code outside of tasks' : `task ${user.name} (${user.id})`;
}

/** A claim, and its place where it waits: the first in its lane is the one who holds the lock. */
export class Claim implements LockClaim, Linked {
  lane: Lane<Linked> | null = null;
  before: Linked | null = null;
  after: Linked | null = null;
  isGranted = false;
  heldBy: string | null = null;
  readonly release: () => void;
  readonly user: LockUser | null;
  readonly #granted: () => void;

  constructor(granted: () => void, release: () => void, user: LockUser | null) {
    this.user = user;
    this.#granted = granted;
    this.release = release;
  }

  grant(): void {
    this.isGranted = true;
    this.#granted();
  }
}

/** Of a lock that is not even asked for. */
export const refusedClaim: LockClaim = { isGranted: false, heldBy: null, release: () => {} };
