import { checkBoolean } from '../common/check.ts';
import { moduleKey } from '../modules/call-sites.ts';
import { library, sharedState } from '../modules/library.ts';
import { arrayFilter, arrayJoin, arraySlice, isInstance, stringIncludes, stringSplit } from '../platform/methods.ts';
import { Error, Reflect, String, WeakMap } from '../platform/primordials.ts';
import { withStacks } from '../platform/stacks.ts';

const debug = sharedState('debug', () => ({ isOn: false, sites: new WeakMap<object, string>() }));

/** How many stack lines of a call are kept. */
const MOST_LINES = 10;

/**
 * Turns debugging on or off (atasker: `set_debug`). With debugging, the stacks of errors also show where their task was
 * called. Debugging costs some 10 µs for each call, and nothing when it is off. The setting affects calls in this
 * thread.
 */
export function setDebug(isOn = true): void {
  debug.isOn = checkBoolean('setDebug', isOn);
}

/** Remembers the current stack as the place where a task was called, if debugging is on. */
export function noteSubmit(task: object): void {
  if (debug.isOn) debug.sites.set(task, callers());
}

/**
 * Adds the call site of the task to the stack of an error. Never pass an error object of the user: it must stay
 * unchanged.
 */
export function addSubmitSite(task: object, error: unknown): void {
  const site = debug.sites.get(task);
  if (site === undefined || !isInstance(Error, error)) return;
  const stack = `${error.stack}\n    submitted at\n${site}`;
  Reflect.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
}

/** The stack lines outside of the library. In a bundle, where nothing tells library lines apart, all lines. */
function callers(): string {
  const stack = withStacks({ stackTraceLimit: MOST_LINES + 20 }, () => new Error().stack);
  const lines = arraySlice(stringSplit(String(stack), '\n'), 1);
  const others = arrayFilter(
    lines,
    (line) => !stringIncludes(line, moduleKey(library)) && !stringIncludes(line, 'node:internal'),
  );
  return arrayJoin(arraySlice(others.length > 0 ? others : lines, 0, MOST_LINES), '\n');
}
