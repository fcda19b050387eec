/**
 * In a pool thread a module is only evaluated to find its definitions, and what it awaits of the library meanwhile
 * never comes. If the evaluation itself waits for such a thing, what is defined below that is never reached. The
 * thread finds out, so that nobody has to wait for a time limit.
 */
import { systemClock } from '../common/clock.ts';
import { awaitingModule, callSites, evaluatedModule } from '../modules/call-sites.ts';
import { sharedState } from '../modules/library.ts';
import { promiseThen } from '../platform/methods.ts';
import { setImmediate } from '../platform/node.ts';
import { Promise, Set } from '../platform/primordials.ts';

/** What the evaluation of a module awaits in vain. */
export interface Standstill {
  readonly module: string;
  /** Where it awaits that, or has called it. */
  readonly line: number;
  readonly awaited: string;
  /** When that was found, in monotonic milliseconds. */
  readonly since: number;
}

interface Standstills {
  latest: Standstill | null;
  /** The latest call that came to nothing: it may be what the evaluation awaits. */
  suspected: Standstill | null;
  readonly listeners: Set<() => void>;
}

const standstills = sharedState<Standstills>('standstills', () => ({
  latest: null,
  suspected: null,
  listeners: new Set(),
}));

/** For somebody who may await it: a promise that never settles. */
export function neverSettles(awaited: string): Promise<never> {
  // The asynchronous part of a stack leads from a reaction of a promise to whoever awaits that. At the call of `then`
  // Node.js before 26 does not show it, so the stack is looked at one turn later, in a reaction of our own.
  const later = new Promise<void>((resolve) => void setImmediate(resolve));
  return promiseThen(later, function look(): Promise<never> {
    const site = awaitingModule(callSites(look));
    if (site !== null) found({ ...site, awaited, since: systemClock.now() });
    return new Promise<never>(() => {});
  });
}

/** A module has called what never comes. */
export function suspect(awaited: string): void {
  const site = evaluatedModule(callSites(suspect));
  if (site !== null) standstills.suspected = { ...site, awaited, since: systemClock.now() };
}

/** Nothing goes on here any more: then the evaluation awaits what it has called last. */
export function isIdle(): void {
  if (standstills.suspected !== null) found(standstills.suspected);
}

function found(standstill: Standstill): void {
  standstills.latest = standstill;
  for (const listener of standstills.listeners) listener();
}

/** The latest standstill; null if the evaluation has gone on since, or there was none. */
export function latestStandstill(): Standstill | null {
  return standstills.latest;
}

/** A module has defined something: whatever it awaited, its evaluation goes on. */
export function goesOn(): void {
  standstills.latest = null;
  standstills.suspected = null;
}

/** Tells of every standstill; gives a function that ends that. */
export function onStandstill(listener: () => void): () => void {
  standstills.listeners.add(listener);
  return () => void standstills.listeners.delete(listener);
}
