import type { LockAuthority, LockClaim } from '../core/lock-table.ts';
import type { FromMember } from '../wire/frames.ts';
import type { Channel } from './channel.ts';

type LockFrame = Extract<FromMember, { claim: number }>;

/** What one thread or process holds or wants of the locks: the claims here, their numbers there (runtime/member-locks.ts). */
export class MemberLocks {
  readonly #locks: LockAuthority;
  readonly #channel: () => Channel;
  readonly #claims = new Map<number, LockClaim>();
  #isOver = false;

  constructor(locks: LockAuthority, channel: () => Channel) {
    this.#locks = locks;
    this.#channel = channel;
  }

  handle(frame: LockFrame): void {
    if (this.#isOver) return;
    if (frame.type === 'lockAcquire') return this.#ask(frame);
    this.#claims.get(frame.claim)?.release();
    this.#claims.delete(frame.claim);
  }

  /** It is no more: others may have what it held. */
  releaseAll(): void {
    this.#isOver = true;
    for (const claim of this.#claims.values()) claim.release();
    this.#claims.clear();
  }

  #ask({ claim: number, name, isUrgent }: Extract<LockFrame, { type: 'lockAcquire' }>): void {
    const grant = (): void => {
      const frame = { type: 'lockGranted', claim: number } as const;
      if (isUrgent) this.#channel().postUrgent(frame);
      else this.#channel().post(frame, []);
    };
    const claim = this.#locks.ask(name, grant);
    this.#claims.set(number, claim);
    if (claim.isGranted) grant();
  }
}
