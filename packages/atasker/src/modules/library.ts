import { role } from '../common/role.ts';
import { arrayFind, arrayMap } from '../platform/methods.ts';
import { Object, Symbol, globalObject } from '../platform/primordials.ts';
import { callSites, fileOf, isLoadable, moduleKey, normalise } from './call-sites.ts';

/** The file of this copy of the library. It identifies the copy, and a thread can load it. */
export const library: string = ownFile();

/** Whether this copy of the library has started this thread. */
export const isOwnThread: boolean = role !== null && moduleKey(role.library) === moduleKey(library);

/**
 * State that all evaluations of this copy in one thread share. There may be two evaluations: a TypeScript loader
 * evaluates the library as an ES module and again as CommonJS.
 */
export function sharedState<T>(name: string, make: () => T): T {
  const key = Symbol.for(`atasker ${name} ${moduleKey(library)}`);
  const shared = globalObject as { readonly [key]?: () => T };
  const read = shared[key];
  if (read !== undefined) return read();
  const state = make();
  Object.defineProperty(shared, key, { value: () => state }); // out of reach of user code
  return state;
}

/**
 * The file that this code was evaluated from, possibly a bundle. `import.meta` does not exist in CommonJS, so the stack
 * has to tell the file. A development bundle evaluates each module from a string.
 */
function ownFile(): string {
  const file = arrayFind(arrayMap(callSites(ownFile), fileOf), isLoadable);
  return file === undefined ? '' : normalise(file);
}
