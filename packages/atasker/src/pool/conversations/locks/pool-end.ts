import type { LockAuthority, LockClaim } from '../../../core/lock-table.ts';
import { Map } from '../../../platform/primordials.ts';
import type { Channel } from '../../channels/channel.ts';
import type { AcquireFrame, LocksFromMember, LocksToMember } from '../../frames/locks.ts';

/**
 * The locks that one thread or process holds or wants: the claims are here, their numbers in the member
 * (pool/conversations/locks/thread-end.ts).
 */
export class LocksPoolEnd {
  readonly #locks: LockAuthority;
  readonly #channel: () => Channel;
  readonly #claims = new Map<number, LockClaim>();
  #isOver = false;

  constructor(locks: LockAuthority, channel: () => Channel) {
    this.#locks = locks;
    this.#channel = channel;
  }

  handle(frame: LocksFromMember): void {
    if (this.#isOver) return;
    if (frame.type === 'lockAcquire') return this.#ask(frame);
    this.#claims.get(frame.claim)?.release();
    this.#claims.delete(frame.claim);
  }

  /** The member has exited: others may have the locks that it held. */
  releaseAll(): void {
    this.#isOver = true;
    for (const claim of this.#claims.values()) claim.release();
    this.#claims.clear();
  }

  #ask({ claim: number, name, user, isUrgent }: AcquireFrame): void {
    const tell = (frame: LocksToMember): void => {
      if (isUrgent) this.#channel().postUrgent(frame);
      else this.#channel().post(frame);
    };
    const grant = (): void => tell({ type: 'lockGranted', claim: number });
    const claim = this.#locks.ask(name, user, grant);
    this.#claims.set(number, claim);
    if (claim.isGranted) grant();
    else tell({ type: 'lockHeld', claim: number, by: claim.heldBy! });
  }
}
