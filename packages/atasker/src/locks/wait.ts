import { Alarms, noContext, systemClock } from '../common/clock.ts';
import type { LockAuthority, LockClaim, LockUser } from '../core/lock-table.ts';
import { clearTimeout, runInScope, setImmediate, setTimeout } from '../platform/node.ts';
import { Promise } from '../platform/primordials.ts';

/** Waits for a lock; the returned claim is not granted if the lock did not become free in time. */
export function waitGranted(
  authority: LockAuthority,
  name: string,
  user: LockUser | null,
  timeoutMs: number,
): Promise<LockClaim> {
  return new Promise((resolve) => {
    const end = (): void => {
      alarms.drop(alarm);
      resolve(claim);
    };
    const claim = authority.ask(name, user, end);
    if (claim.isGranted) return resolve(claim);
    const timeOut = (): void => {
      if (claim.isGranted) return;
      claim.release();
      end();
    };
    // a grant that has arrived by then counts, however busy this thread was
    const alarm = alarms.at(systemClock.now() + timeoutMs, () => void setImmediate(timeOut));
  });
}

/** Alarms that keep the program alive while code waits for a lock: every such wait ends. */
const alarms = new Alarms({
  ...systemClock,
  after(ms, callback) {
    const timer = runInScope(noContext, () => setTimeout(callback, ms));
    return () => clearTimeout(timer);
  },
});
