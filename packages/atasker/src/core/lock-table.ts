import { Lane, type Linked } from './lane.ts';

/** A request for a lock: it waits, then holds the lock, then is over. */
export interface LockClaim {
  /** Whether it holds the lock. */
  readonly isGranted: boolean;
  /** Gives the lock back, or takes the request back. Once more does nothing. */
  release(): void;
}

/** Where locks are asked for. */
export interface LockAuthority {
  /** Whether `askSync` waits: blocking the thread that hands the locks out would block all who wait for one. */
  readonly mayBlock: boolean;
  /** Asks for a lock by its name. `granted` is called if it is there only later. */
  ask(name: string, granted: () => void): LockClaim;
  /** The same in synchronous code; null if it is not there in time. */
  askSync(name: string, timeoutMs: number): LockClaim | null;
}

/** The locks of a supervisor by name: whoever asks first holds it, the others follow in the order in which they ask. */
export class LockTable implements LockAuthority {
  readonly mayBlock = false;
  readonly #lanes = new Map<string, Lane<Claim>>();

  ask(name: string, granted: () => void): LockClaim {
    const lane = this.#lanes.get(name) ?? new Lane<Claim>();
    const claim = new Claim(granted, () => this.#release(name, lane, claim));
    lane.push(claim);
    this.#lanes.set(name, lane);
    claim.isGranted = lane.first === claim;
    return claim;
  }

  askSync(name: string): LockClaim | null {
    const claim = this.ask(name, () => {});
    if (claim.isGranted) return claim;
    claim.release();
    return null;
  }

  #release(name: string, lane: Lane<Claim>, claim: Claim): void {
    if (claim.lane === null) return;
    lane.remove(claim);
    const { first } = lane;
    if (first === null) this.#lanes.delete(name);
    else if (claim.isGranted) first.grant();
    claim.isGranted = false;
  }
}

/** A claim, and its place where it waits: the first in its lane is the one who holds the lock. */
export class Claim implements LockClaim, Linked {
  lane: Lane<Linked> | null = null;
  before: Linked | null = null;
  after: Linked | null = null;
  isGranted = false;
  readonly release: () => void;
  readonly #granted: () => void;

  constructor(granted: () => void, release: () => void) {
    this.#granted = granted;
    this.release = release;
  }

  grant(): void {
    this.isGranted = true;
    this.#granted();
  }
}
