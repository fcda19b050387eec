import { arrayFind, arrayMap, listOf, weakRefDeref } from '../platform/methods.ts';
import { Map, Object, setOf } from '../platform/primordials.ts';

/** Told when an AbortSignal aborts: a task, a map, or a wait for tasks. */
export interface Follower {
  signalAborted(signal: AbortSignal): void;
}

interface Following {
  readonly followers: Set<Follower>;
  /** Removes the listener from the signal. */
  readonly stopListening: () => void;
  /** Signals that must stay alive as long as somebody follows this signal: see `sourcesOf`. */
  readonly sources: readonly unknown[];
}

/** One entry and one listener for each signal, however many follow it: Node.js warns at the eleventh listener. */
const followed = new Map<AbortSignal, Following>();

/**
 * Tells the follower when the signal aborts, until `unfollow`. The caller has to check whether the signal is aborted
 * already.
 */
export function follow(signal: AbortSignal, follower: Follower): void {
  const following = followed.get(signal);
  if (following !== undefined) {
    following.followers.add(follower);
    return;
  }
  const listener = (): void => tellAborted(signal); // a browser emulation may call it without an event
  const stopListening = (): void => signal.removeEventListener('abort', listener);
  followed.set(signal, { followers: setOf([follower]), stopListening, sources: sourcesOf(signal) });
  signal.addEventListener('abort', listener, { once: true });
}

export function unfollow(signal: AbortSignal, follower: Follower): void {
  const following = followed.get(signal);
  if (following === undefined || !following.followers.delete(follower) || following.followers.size > 0) return;
  followed.delete(signal);
  following.stopListening();
}

function tellAborted(signal: AbortSignal): void {
  const following = followed.get(signal);
  if (following === undefined) return;
  followed.delete(signal);
  following.stopListening(); // a browser emulation may not know `once`
  for (const follower of following.followers) follower.signalAborted(signal);
}

/**
 * The signals that a signal of `AbortSignal.any` depends on. Node.js 20 holds only weak references to them: an
 * `AbortSignal.timeout()` among them may be garbage-collected before its time, and then the signal would never abort.
 */
function sourcesOf(signal: AbortSignal): readonly unknown[] {
  const key = arrayFind(Object.getOwnPropertySymbols(signal), ({ description }) => description === 'kSourceSignals');
  if (key === undefined) return [];
  const sources = (signal as unknown as Record<symbol, Iterable<WeakRef<object>> | null | undefined>)[key];
  return sources === null || sources === undefined ? [] : arrayMap(listOf(sources), weakRefDeref);
}
