import { arrayFind, arrayMap, listOf, weakRefDeref } from '../platform/methods.ts';
import { Map, Object, setOf } from '../platform/primordials.ts';

/** What is told when an AbortSignal aborts: a task, a map, somebody who waits. */
export interface Follower {
  signalAborted(signal: AbortSignal): void;
}

interface Following {
  readonly followers: Set<Follower>;
  /** Takes the listener off the signal. */
  readonly stopListening: () => void;
  /** Kept alive as long as somebody follows the signal: see `sourcesOf`. */
  readonly sources: readonly unknown[];
}

/** One listener for each signal, however many follow it: Node.js warns of an eleventh one. */
const followed = new Map<AbortSignal, Following>();

/** Tells the follower when the signal aborts, until `unfollow`. Whether it is aborted already is for the caller to ask. */
export function follow(signal: AbortSignal, follower: Follower): void {
  const following = followed.get(signal);
  if (following !== undefined) {
    following.followers.add(follower);
    return;
  }
  const listener = (): void => tellAborted(signal); // an emulation of a browser may call it without an event
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
  following.stopListening(); // an emulation may not know `once`
  for (const follower of following.followers) follower.signalAborted(signal);
}

/**
 * The signals that one of `AbortSignal.any` depends on. Node.js 20 refers to them weakly, so an
 * `AbortSignal.timeout()` among them may be collected before it rings, and the signal would never abort.
 */
function sourcesOf(signal: AbortSignal): readonly unknown[] {
  const key = arrayFind(Object.getOwnPropertySymbols(signal), ({ description }) => description === 'kSourceSignals');
  if (key === undefined) return [];
  const sources = (signal as unknown as Record<symbol, Iterable<WeakRef<object>> | null | undefined>)[key];
  return sources === null || sources === undefined ? [] : arrayMap(listOf(sources), weakRefDeref);
}
