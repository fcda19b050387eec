/**
 * A pool thread evaluates a module only to find its definitions; the library's promises that the module gets meanwhile
 * never settle. If the evaluation itself awaits such a promise, it never reaches the definitions below. The thread
 * detects this standstill, so that nobody has to wait for a time limit.
 */
import { awaitingModule, callSites, evaluatedModule } from '../modules/call-sites.ts';
import { sharedState } from '../modules/library.ts';
import { promiseThen } from '../platform/methods.ts';
import { setImmediate } from '../platform/node.ts';
import { Promise, Set } from '../platform/primordials.ts';

/** A promise of the library that the evaluation of a module awaits in vain. */
export interface Standstill {
  readonly module: string;
  /** The line where the module awaits it, or has called the library. */
  readonly line: number;
  readonly awaited: string;
}

interface Standstills {
  latest: Standstill | null;
  /** The latest call without an effect: the evaluation may be awaiting its result. */
  suspected: Standstill | null;
  readonly listeners: Set<() => void>;
}

const standstills = sharedState<Standstills>('standstills', () => ({
  latest: null,
  suspected: null,
  listeners: new Set(),
}));

/** A promise that never settles; records a standstill if the evaluation of a module awaits the promise. */
export function neverSettles(awaited: string): Promise<never> {
  // The asynchronous part of a stack leads from a reaction of a promise to the code that awaits the promise. At the
  // call of `then`, Node.js before 26 does not show that part, so the stack is taken one turn later, in a reaction of
  // our own.
  const later = new Promise<void>((resolve) => void setImmediate(resolve));
  return promiseThen(later, function look(): Promise<never> {
    const site = awaitingModule(callSites(look));
    if (site !== null) found({ ...site, awaited });
    return new Promise<never>(() => {});
  });
}

/** A module has called something that has no effect in a pool thread. */
export function suspect(awaited: string): void {
  const site = evaluatedModule(callSites(suspect));
  if (site !== null) standstills.suspected = { ...site, awaited };
}

/** This thread has nothing left to do: so the evaluation awaits the result of the suspected call. */
export function isIdle(): void {
  if (standstills.suspected !== null) found(standstills.suspected);
}

function found(standstill: Standstill): void {
  standstills.latest = standstill;
  for (const listener of standstills.listeners) listener();
}

/** The latest standstill; null if the evaluation has gone on since, or has never stood still. */
export function latestStandstill(): Standstill | null {
  return standstills.latest;
}

/** A module has defined something, so its evaluation goes on, whatever it awaited. */
export function goesOn(): void {
  standstills.latest = null;
  standstills.suspected = null;
}

/** Calls the listener at every standstill. Returns a function that removes the listener. */
export function onStandstill(listener: () => void): () => void {
  standstills.listeners.add(listener);
  return () => void standstills.listeners.delete(listener);
}
