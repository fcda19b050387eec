import { checkBoolean } from '../common/check.ts';
import { moduleKey } from '../modules/call-sites.ts';
import { library, sharedState } from '../modules/library.ts';
import { arrayFilter, arrayJoin, arraySlice, isInstance, stringIncludes, stringSplit } from '../platform/methods.ts';
import { Error, Reflect, String, WeakMap } from '../platform/primordials.ts';
import { withStacks } from '../platform/stacks.ts';

const debug = sharedState('debug', () => ({ isOn: false, sites: new WeakMap<object, string>() }));

/** How many lines of the stack of a call are of use. */
const MOST_LINES = 10;

/**
 * Turns debugging on or off (atasker: `set_debug`): the stacks of errors also show where their task was called.
 * That costs some 10 µs for each call; without it nothing. It counts for calls in this thread.
 */
export function setDebug(isOn = true): void {
  debug.isOn = checkBoolean('setDebug', isOn);
}

/** Notes where a task has been called, which is right now. */
export function noteSubmit(task: object): void {
  if (debug.isOn) debug.sites.set(task, callers());
}

/** Adds that to an error of the task. Not to one that is the user's own object: such an error stays as it is. */
export function addSubmitSite(task: object, error: unknown): void {
  const site = debug.sites.get(task);
  if (site === undefined || !isInstance(Error, error)) return;
  const stack = `${error.stack}\n    submitted at\n${site}`;
  Reflect.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
}

/** The lines of the stack that are not of the library; all of them in a bundle, where nothing tells them apart. */
function callers(): string {
  const stack = withStacks({ stackTraceLimit: MOST_LINES + 20 }, () => new Error().stack);
  const lines = arraySlice(stringSplit(String(stack), '\n'), 1);
  const others = arrayFilter(
    lines,
    (line) => !stringIncludes(line, moduleKey(library)) && !stringIncludes(line, 'node:internal'),
  );
  return arrayJoin(arraySlice(others.length > 0 ? others : lines, 0, MOST_LINES), '\n');
}
