import { Alarms, noContext, systemClock, type Alarm } from '../common/clock.ts';
import type { LockAuthority, LockClaim, LockUser } from '../core/lock-table.ts';
import { clearTimeout, runInScope, setImmediate, setTimeout } from '../platform/node.ts';
import { Promise } from '../platform/primordials.ts';
import { follow, unfollow, type Follower } from '../task/abort.ts';

/**
 * Waits for a lock; the returned claim is not granted if the lock did not become free in time, or if the signal aborted
 * before that.
 */
export function waitGranted(
  authority: LockAuthority,
  name: string,
  user: LockUser | null,
  timeoutMs: number,
  signal: AbortSignal | null,
): Promise<LockClaim> {
  return new Promise((resolve) => {
    let alarm: Alarm | null = null;
    const end = (): void => {
      if (alarm !== null) alarms.drop(alarm);
      if (signal !== null) unfollow(signal, follower);
      resolve(claim);
    };
    const giveUp = (): void => {
      if (claim.isGranted) return;
      claim.release();
      end();
    };
    const follower: Follower = { signalAborted: giveUp };
    const claim = authority.ask(name, user, end);
    if (claim.isGranted) return resolve(claim);
    if (signal !== null) follow(signal, follower);
    if (timeoutMs === Infinity) return;
    // a grant that has arrived by then counts, however busy this thread was
    alarm = alarms.at(systemClock.now() + timeoutMs, () => void setImmediate(giveUp));
  });
}

/** Alarms that keep the program alive while code waits for a lock with a time limit: every such wait ends. */
const alarms = new Alarms({
  ...systemClock,
  after(ms, callback) {
    const timer = runInScope(noContext, () => setTimeout(callback, ms));
    return () => clearTimeout(timer);
  },
});
