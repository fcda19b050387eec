import { systemClock } from '../clock.ts';
import { contexts } from '../context.ts';
import { Claim, type LockAuthority, type LockClaim } from '../core/lock-table.ts';
import { TaskError } from '../errors.ts';
import { URGENT, type Role } from '../role.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import { Run } from './run.ts';

/** Locks in a pool thread: asked for at the supervisor that it works for (executors/member-locks.ts). */
export class MemberLocks implements LockAuthority {
  /** On an aloop what it waits for may be held by a task that has to go on there. */
  readonly mayBlock: boolean;
  readonly #role: Role;
  readonly #post: (frame: FromMember) => void;
  readonly #readArrived: () => void;
  readonly #claims = new Map<number, Claim>();
  /** Of which lock each claim is. */
  readonly #names = new Map<number, string>();
  #made = 0;

  constructor(role: Role, post: (frame: FromMember) => void, readArrived: () => void) {
    this.#role = role;
    this.mayBlock = role.aloop === null;
    this.#post = post;
    this.#readArrived = readArrived;
  }

  ask(name: string, granted: () => void): LockClaim {
    return this.#ask(name, granted, false);
  }

  /** Sleeps until a frame for synchronous code has come, and looks whether it is the one. */
  askSync(name: string, timeoutMs: number): LockClaim | null {
    const runner = contexts.getStore()?.runner;
    if (!(runner instanceof Run) || runner.hasEnded) throw notInTask();
    if (!this.mayBlock && [...this.#names.values()].includes(name)) return null;
    const claim = this.#ask(name, () => {}, true);
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
    return null;
  }

  handle({ claim: number }: Extract<ToMember, { type: 'lockGranted' }>): void {
    this.#claims.get(number)?.grant();
  }

  #ask(name: string, granted: () => void, isUrgent: boolean): LockClaim {
    const number = ++this.#made;
    const release = (): void => {
      this.#names.delete(number);
      if (this.#claims.delete(number)) this.#post({ type: 'lockRelease', claim: number });
    };
    const claim = new Claim(granted, release);
    this.#claims.set(number, claim);
    this.#names.set(number, name);
    this.#post({ type: 'lockAcquire', claim: number, name, isUrgent });
    return claim;
  }
}

/** What it reads while it waits may be another task for this thread. */
function notInTask(): TaskError {
  const message = 'runSync waits in place, which in a pool thread is for running tasks only; use run()';
  return new TaskError('ERR_NO_CURRENT_TASK', message);
}
