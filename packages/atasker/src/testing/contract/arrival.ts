import { registerError } from 'atasker';
import { strikes, type Strike } from './strikes.ts';

/** What happens in this thread when a struck error arrives. */
let onArrival: Strike | null = null;

/** An error whose class does something of its own when it is put together again. */
export class StruckOnArrival extends Error {
  override get name(): string {
    if (onArrival !== null) void harmless(strikes[onArrival]());
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
