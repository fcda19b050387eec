import { AsyncLocalStorage } from 'node:async_hooks';
import type { LockAuthority, LockClaim } from '../core/lock-table.ts';
import { sharedState } from '../library.ts';

/** A lock that is held, by how many at a time: reentrant code shares the claim of the code around it. */
export class Hold {
  readonly #claim: LockClaim;
  #holders = 1;

  constructor(claim: LockClaim) {
    this.#claim = claim;
  }

  /** One more holder; false if it has been given back meanwhile. */
  tryJoin(): boolean {
    if (this.#holders === 0) return false;
    this.#holders += 1;
    return true;
  }

  leave(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#claim.release();
  }
}

/** The locks that the code around holds, the innermost first. */
interface Held {
  readonly authority: LockAuthority;
  readonly name: string;
  readonly hold: Hold;
  readonly outer: Held | undefined;
}

const holders = sharedState('locks', () => new AsyncLocalStorage<Held>());

/** Joins the code around that holds this lock, if there is such code. */
export function joinAround(authority: LockAuthority, name: string): Hold | null {
  for (let held = holders.getStore(); held !== undefined; held = held.outer) {
    if (held.authority === authority && held.name === name && held.hold.tryJoin()) return held.hold;
  }
  return null;
}

/** Runs code that holds the lock. */
export function runHolding<T>(authority: LockAuthority, name: string, hold: Hold, code: () => T): T {
  return holders.run({ authority, name, hold, outer: holders.getStore() }, code);
}
