import { uncurried } from './captured.ts';

type Listener = (...args: never[]) => void;

// The methods of `process` itself: in Bun and Deno they do more than the methods of `EventEmitter`, which only keep a
// list of listeners.
const on = uncurried(process.on as (this: NodeJS.Process, event: string, listener: Listener) => unknown);
const remove = uncurried(
  process.removeListener as (this: NodeJS.Process, event: string | symbol, listener: Listener) => unknown,
);
const removeAll = uncurried(process.removeAllListeners as (this: NodeJS.Process, event: string) => unknown);
const eventNames = uncurried(process.eventNames as (this: NodeJS.Process) => (string | symbol)[]);
const rawListeners = uncurried(
  process.rawListeners as unknown as (this: NodeJS.Process, event: string | symbol) => readonly Listener[],
);

/** Events that Node.js itself listens to, in order to notice that somebody listens to a signal. */
const OWN_EVENTS = new Set<string | symbol>(['newListener', 'removeListener']);

const kept = new Set<unknown>();

/**
 * Adds a listener to an event of `process`. The listener stays when user code removes all listeners, which test tools
 * do to clean up.
 */
export function keepListener(event: string, listener: Listener): void {
  if (kept.size === 0) guard();
  kept.add(listener);
  on(process, event, listener);
}

function guard(): void {
  process.removeListener = process.off = (event: string | symbol, listener: Listener): NodeJS.Process => {
    if (!kept.has(listener)) remove(process, event, listener);
    return process;
  };
  process.removeAllListeners = (...events: (string | symbol | undefined)[]): NodeJS.Process => {
    const chosen = events[0] === undefined ? eventNames(process) : [events[0]];
    for (const event of chosen) if (events[0] !== undefined || !OWN_EVENTS.has(event)) removeOthers(event);
    return process;
  };
}

function removeOthers(event: string | symbol): void {
  const listeners = rawListeners(process, event);
  if (!listeners.some((listener) => kept.has(listener))) return void removeAll(process, event as string);
  for (const listener of listeners) if (!kept.has(listener)) remove(process, event, listener);
}
