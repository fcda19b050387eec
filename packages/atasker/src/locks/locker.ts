import {
  checkBoolean,
  checkDuration,
  checkFunction,
  checkKeys,
  checkSignal,
  checkString,
  type Duration,
} from '../common/check.ts';
import { CanceledError, invalidOption, TimeoutError } from '../common/errors.ts';
import { isThenable } from '../common/thenable.ts';
import type { LockAuthority, LockClaim, LockUser } from '../core/lock-table.ts';
import { hostFor } from '../define/host.ts';
import { resolveHost } from '../define/task-options.ts';
import { apply } from '../platform/methods.ts';
import { Symbol } from '../platform/primordials.ts';
import { contexts } from '../task/context.ts';
import type { Host } from '../task/task.ts';
import { Hold, joinAround, runHolding, type Holding } from './held-locks.ts';
import { waitGranted } from './wait.ts';

/** Options of a `Locker`. */
export interface LockerOptions {
  /**
   * The name of the lock: lockers with the same name are one lock, in all threads and processes of their supervisor.
   */
  name: string;
  /** How long to wait for the lock; `Infinity` waits without a limit. @defaultValue `'5s'` */
  timeout?: Duration | undefined;
  /** Whether code that `run` calls may take the same lock again (atasker: `relative`). @defaultValue `true` */
  reentrant?: boolean | undefined;
  /** Called when the lock was not acquired in time, before the `TimeoutError` is thrown. @defaultValue none */
  critical?: (() => unknown) | undefined;
  /**
   * The supervisor of the lock. In a pool thread it is always the supervisor that runs the thread. @defaultValue the
   * one that runs the calling task, else the default supervisor
   */
  supervisor?: Host | undefined;
}

/** Options of one request for a lock. */
export interface AcquireOptions {
  /** How long to wait for the lock; `Infinity` waits without a limit. @defaultValue that of the `Locker` */
  timeout?: Duration | undefined;
  /** Ends the wait when it aborts; a lock that is held already stays so. @defaultValue none */
  signal?: AbortSignal | undefined;
}

/** A lock that is held until it is released, or until the end of the block of `await using`. */
export interface HeldLock extends AsyncDisposable {
  /** Gives the lock back; a second call does nothing. */
  release(): void;
}

/**
 * Mutual exclusion across the main thread, all pool threads and all processes of a supervisor (atasker: `Locker`). The
 * lock goes to callers in the order in which they ask. When a thread or process ends, its locks are given back, and no
 * other code gets these locks earlier.
 *
 * The supervisor's own thread hands out the locks: while that thread is busy, the others wait.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const lock = new Locker({ name: 'ledger' });
 * await lock.run(() => appendFile('ledger.csv', line));
 */
export class Locker {
  /** The name of the lock: lockers with the same name are one lock. */
  readonly name: string;
  readonly #timeoutMs: number;
  readonly #reentrant: boolean;
  readonly #critical: () => unknown;
  readonly #host: Host | null;

  constructor(options: LockerOptions) {
    checkKeys('Locker options', options, ['name', 'timeout', 'reentrant', 'critical', 'supervisor']);
    const { name, timeout = '5s', reentrant = true, critical = () => {} } = options;
    this.name = checkString('name', name);
    this.#timeoutMs = checkWait(timeout);
    this.#reentrant = checkBoolean('reentrant', reentrant);
    this.#critical = checkFunction('critical', critical);
    this.#host = resolveHost(options) ?? null;
  }

  /**
   * Runs the function while holding the lock, and returns its result.
   *
   * @throws TimeoutError `ERR_LOCK_TIMEOUT`, whose property `heldBy` says who holds the lock; CanceledError
   * `ERR_TASK_CANCELED` if `signal` aborts before the lock is held.
   */
  async run<T>(fn: () => T, options: AcquireOptions = {}): Promise<Awaited<T>> {
    checkFunction('run', fn);
    const authority = this.#authority();
    const hold = await this.#acquire(authority, options);
    try {
      return await runHolding(authority, this.name, hold, fn);
    } finally {
      hold.leave();
    }
  }

  /** Returns a function that holds the lock whenever it runs. */
  wrap<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => Promise<Awaited<R>> {
    checkFunction('wrap', fn);
    return (...args) => this.run(() => apply(fn, undefined, args) as R);
  }

  /**
   * Takes the lock until it is released. Code that runs meanwhile cannot take the lock again; use `run` for that.
   *
   * @throws TimeoutError `ERR_LOCK_TIMEOUT`, whose property `heldBy` says who holds the lock; CanceledError
   * `ERR_TASK_CANCELED` if `signal` aborts before the lock is held.
   * @example
   * await using held = await lock.acquire();
   */
  async acquire(options: AcquireOptions = {}): Promise<HeldLock> {
    const hold = await this.#acquire(this.#authority(), options);
    let isHeld = true;
    const release = (): void => {
      if (isHeld) hold.leave();
      isHeld = false;
    };
    return { release, [Symbol.asyncDispose]: async () => release() };
  }

  /**
   * Runs synchronous code while holding the lock. A task in a thread or process blocks until it has the lock. The
   * supervisor's own thread cannot block: if other code holds the lock, the call fails at once.
   *
   * @throws TimeoutError `ERR_LOCK_TIMEOUT`
   */
  runSync<T>(fn: () => T): T {
    checkFunction('runSync', fn);
    const authority = this.#authority();
    const hold = this.#joinAround(authority) ?? this.#acquireSync(authority);
    try {
      const result = runHolding(authority, this.name, hold, fn);
      if (!isThenable(result)) return result;
      throw invalidOption(
        'type',
        'runSync takes a synchronous function; use run() for a function that returns a promise',
      );
    } finally {
      hold.leave();
    }
  }

  #authority(): LockAuthority {
    return hostFor(this.#host).locks;
  }

  async #acquire(authority: LockAuthority, options: AcquireOptions): Promise<Holding> {
    checkKeys('lock options', options, ['timeout', 'signal']);
    const timeoutMs = options.timeout === undefined ? this.#timeoutMs : checkWait(options.timeout);
    const signal = options.signal === undefined ? null : checkSignal('signal', options.signal);
    if (signal?.aborted) throw canceled(this.name, signal);
    const around = this.#joinAround(authority);
    if (around !== null) return around;
    const claim = await waitGranted(authority, this.name, userOfHere(), timeoutMs, signal);
    if (!claim.isGranted && signal?.aborted) throw canceled(this.name, signal);
    return this.#held(claim, timeoutMs, true);
  }

  #acquireSync(authority: LockAuthority): Holding {
    const claim = authority.askSync(this.name, userOfHere(), this.#timeoutMs);
    return this.#held(claim, this.#timeoutMs, authority.mayBlock);
  }

  #joinAround(authority: LockAuthority): Holding | null {
    return this.#reentrant ? joinAround(authority, this.name) : null;
  }

  #held(claim: LockClaim, timeoutMs: number, hasWaited: boolean): Holding {
    if (claim.isGranted) return new Hold(claim);
    this.#critical();
    const holder = claim.heldBy ?? 'somebody';
    const fact = hasWaited
      ? `the lock ${this.name} was not acquired within ${timeoutMs} ms: ${holder} held it`
      : `${holder} holds the lock ${this.name}, and this thread must not wait for it: use run()`;
    throw new TimeoutError('ERR_LOCK_TIMEOUT', fact, { lock: this.name, heldBy: claim.heldBy ?? undefined });
  }
}

function checkWait(timeout: Duration): number {
  return timeout === Infinity ? Infinity : checkDuration('timeout', timeout);
}

function canceled(name: string, { reason }: AbortSignal): CanceledError {
  const fact = `the lock ${name} was not acquired, because its signal was aborted`;
  return new CanceledError('ERR_TASK_CANCELED', fact, { cause: reason, lock: name });
}

function userOfHere(): LockUser | null {
  return contexts.getStore()?.current ?? null;
}
