import { Alarms, noContext, systemClock } from '../clock.ts';
import type { LockAuthority, LockClaim } from '../core/lock-table.ts';

/** Waits for a lock; null if it is not there in time. */
export function waitGranted(authority: LockAuthority, name: string, timeoutMs: number): Promise<LockClaim | null> {
  return new Promise((resolve) => {
    const end = (result: LockClaim | null): void => {
      alarms.cancel(alarm);
      alarms.close();
      resolve(result);
    };
    const claim = authority.ask(name, () => end(claim));
    if (claim.isGranted) return resolve(claim);
    const timeOut = (): void => {
      if (claim.isGranted) return;
      claim.release();
      end(null);
    };
    // what has arrived by then comes first, however busy this thread was
    const alarm = alarms.at(systemClock.now() + timeoutMs, () => void setImmediate(timeOut));
  });
}

/** Whoever waits for a lock keeps the program alive: that ends in any case. */
const alarms = new Alarms({
  ...systemClock,
  after(ms, callback) {
    const timer = noContext.runInAsyncScope(() => setTimeout(callback, ms));
    return () => clearTimeout(timer);
  },
});
