import type { LockAuthority, LockClaim } from '../core/lock-table.ts';
import { heldLocks, type HeldLocks } from '../task/context.ts';

export type Holding = HeldLocks['hold'];

/** A lock that is held, by how many at a time: reentrant code shares the claim of the code around it. */
export class Hold implements Holding {
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

/** Joins the code around that holds this lock, if there is such code. */
export function joinAround(authority: LockAuthority, name: string): Holding | null {
  for (let held = heldLocks.getStore(); held !== undefined; held = held.outer) {
    if (held.authority === authority && held.name === name && held.hold.tryJoin()) return held.hold;
  }
  return null;
}

/** Runs code that holds the lock. */
export function runHolding<T>(authority: LockAuthority, name: string, hold: Holding, code: () => T): T {
  return heldLocks.run({ authority, name, hold, outer: heldLocks.getStore() }, code);
}
