import { registerError } from 'atasker';
import { strikes, type Strike } from './strikes.ts';

/** What happens in this thread when the next struck error arrives. */
let onArrival: Strike | null = null;

/** An error whose class does something of its own when it is put together again. */
export class StruckOnArrival extends Error {
  override get name(): string {
    const strike = onArrival;
    onArrival = null;
    if (strike !== null) void harmless(strikes[strike]());
    return 'StruckOnArrival';
  }
}

export function strikeOnArrival(strike: Strike | null): void {
  registerError(StruckOnArrival);
  onArrival = strike;
}

/** What a strike has returned; if that is a promise, nobody need await it. */
export function harmless<T>(returned: T): T {
  if (returned instanceof Promise) returned.catch(() => {});
  return returned;
}
