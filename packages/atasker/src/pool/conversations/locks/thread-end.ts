import { systemClock } from '../../../common/clock.ts';
import { TaskError } from '../../../common/errors.ts';
import { Claim, refusedClaim, type LockAuthority, type LockClaim, type LockUser } from '../../../core/lock-table.ts';
import { arrayIncludes, listOf } from '../../../platform/methods.ts';
import { Atomics, Map } from '../../../platform/primordials.ts';
import { contexts } from '../../../task/context.ts';
import { URGENT } from '../../channels/boot/claims.ts';
import type { Role } from '../../channels/role.ts';
import type { LocksFromMember, LocksToMember } from '../../frames/locks.ts';
import { Run } from '../run/thread-end.ts';

/** The locks of a pool thread, which asks its supervisor for them (pool/conversations/locks/pool-end.ts). */
export class LocksThreadEnd implements LockAuthority {
  /** False on an aloop: the lock that is waited for may be held by a task that has to go on in the same thread. */
  readonly mayBlock: boolean;
  readonly #role: Pick<Role, 'aloop' | 'stopFlag'>;
  readonly #post: (frame: LocksFromMember) => void;
  readonly #readArrived: () => void;
  readonly #claims = new Map<number, Claim>();
  /** The name of the lock of each claim. */
  readonly #names = new Map<number, string>();
  #made = 0;

  constructor(role: Pick<Role, 'aloop' | 'stopFlag'>, post: (frame: LocksFromMember) => void, readArrived: () => void) {
    this.#role = role;
    this.mayBlock = role.aloop === null;
    this.#post = post;
    this.#readArrived = readArrived;
  }

  ask(name: string, user: LockUser | null, granted: () => void): LockClaim {
    return this.#ask(name, user, granted, false);
  }

  /** Sleeps until an urgent frame has come, and looks whether the frame grants this claim, for at most `timeoutMs`. */
  askSync(name: string, user: LockUser | null, timeoutMs: number): LockClaim {
    const runner = contexts.getStore()?.runner;
    if (!(runner instanceof Run) || runner.hasEnded) throw notInTask();
    if (!this.mayBlock && arrayIncludes(listOf(this.#names.values()), name)) return refusedClaim;
    const claim = this.#ask(name, user, () => {}, true);
    const giveUpAt = systemClock.now() + timeoutMs;
    for (;;) {
      const seen = Atomics.load(this.#role.stopFlag, URGENT);
      this.#readArrived();
      if (claim.isGranted) return claim;
      const rest = giveUpAt - systemClock.now();
      if (rest <= 0) break;
      Atomics.wait(this.#role.stopFlag, URGENT, seen, rest);
    }
    claim.release();
    return claim;
  }

  handle(frame: LocksToMember): void {
    const claim = this.#claims.get(frame.claim);
    if (claim === undefined) return;
    if (frame.type === 'lockGranted') claim.grant();
    else claim.heldBy = frame.by;
  }

  #ask(name: string, user: LockUser | null, granted: () => void, isUrgent: boolean): LockClaim {
    const number = ++this.#made;
    const release = (): void => {
      this.#names.delete(number);
      if (this.#claims.delete(number)) this.#post({ type: 'lockRelease', claim: number });
    };
    const claim = new Claim(granted, release, user);
    this.#claims.set(number, claim);
    this.#names.set(number, name);
    const sent = user === null ? null : { id: user.id, name: user.name };
    this.#post({ type: 'lockAcquire', claim: number, name, user: sent, isUrgent });
    return claim;
  }
}

/** A frame that is read while the code waits may bring another task for this thread. */
function notInTask(): TaskError {
  const message = 'runSync blocks its thread, and in a pool thread only a running task may do that; use run()';
  return new TaskError('ERR_NO_CURRENT_TASK', message);
}
