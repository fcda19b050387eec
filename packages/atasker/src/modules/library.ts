import { role } from '../common/role.ts';
import { arrayFind, arrayMap } from '../platform/methods.ts';
import { Object, Symbol, globalObject } from '../platform/primordials.ts';
import { callSites, fileOf, isLoadable, moduleKey, normalise } from './call-sites.ts';

/** Names this copy of the library, and lets a thread load it. */
export const library: string = ownFile();

/** Whether this thread was started by this copy of the library. */
export const isOwnThread: boolean = role !== null && moduleKey(role.library) === moduleKey(library);

/**
 * State that all evaluations of this copy in one thread share. There may be two: a TypeScript loader
 * evaluates the library once as an ES module and once more as CommonJS.
 */
export function sharedState<T>(name: string, make: () => T): T {
  const key = Symbol.for(`atasker ${name} ${moduleKey(library)}`);
  const shared = globalObject as { readonly [key]?: () => T };
  const read = shared[key];
  if (read !== undefined) return read();
  const state = make();
  Object.defineProperty(shared, key, { value: () => state }); // user code can neither replace it nor reach into it
  return state;
}

/**
 * The file that this code was evaluated from, which may be a bundle: `import.meta` is not there in CommonJS.
 * A bundle for development evaluates each module from a string.
 */
function ownFile(): string {
  const file = arrayFind(arrayMap(callSites(ownFile), fileOf), isLoadable);
  return file === undefined ? '' : normalise(file);
}
