import type { LockAuthority, LockClaim } from '../core/lock-table.ts';
import { heldLocks, type HeldLocks } from '../task/context.ts';

export type Holding = HeldLocks['hold'];

/** A held lock and its number of holders: reentrant code shares the claim of the surrounding code. */
export class Hold implements Holding {
  readonly #claim: LockClaim;
  #holders = 1;

  constructor(claim: LockClaim) {
    this.#claim = claim;
  }

  /** Adds a holder; returns false if the lock has been given back meanwhile. */
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

/** Shares the claim of surrounding code that holds this lock; null if there is no such code. */
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
