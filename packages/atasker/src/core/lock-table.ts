import { Map } from '../platform/primordials.ts';
import { Lane, type Linked } from './lane.ts';

/** The task that asks for a lock. */
export interface LockUser {
  readonly id: string;
  readonly name: string;
}

/** A request for a lock: at first it waits, then it holds the lock, then it is over. */
export interface LockClaim {
  /** Whether this request holds the lock. */
  readonly isGranted: boolean;
  /** Who held the lock as far as this thread has heard, for a message; null if nobody held it, or nothing was heard. */
  readonly heldBy: string | null;
  /** Gives the lock back, or withdraws the request. A second call does nothing. */
  release(): void;
}

/** Where code asks for locks. */
export interface LockAuthority {
  /**
   * Whether `askSync` may block. In the thread that hands out the locks it must not: that would block everybody who
   * waits.
   */
  readonly mayBlock: boolean;
  /**
   * Asks for a lock by name, for a task or (null) for code outside of tasks. `granted` is called only if the lock is
   * not free at once.
   */
  ask(name: string, user: LockUser | null, granted: () => void): LockClaim;
  /** Asks for a lock in synchronous code; the claim is not granted if the lock does not become free in time. */
  askSync(name: string, user: LockUser | null, timeoutMs: number): LockClaim;
}

/**
 * The locks of a supervisor by name. The first to ask holds a lock; the others follow in the order in which they ask.
 */
export class LockTable implements LockAuthority {
  readonly mayBlock = false;
  readonly #lanes = new Map<string, Lane<Claim>>();
  /** The lock that each task waits for, by task id; the latest one, if a task waits for several. */
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

  /** The lock that the task waits for and its holder, for a message; null if the task waits for no lock. */
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

/** A claim and its links in the lane of its lock. The first claim of a lane holds the lock. */
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

/** The claim of code that is not even allowed to ask for the lock. */
export const refusedClaim: LockClaim = { isGranted: false, heldBy: null, release: () => {} };
