import { pathToFileURL } from 'node:url';
import {
  callSites,
  fileOf,
  isLoadable,
  isModuleFrame,
  isRewritten,
  isUserCode,
  normalise,
  type CallSite,
} from '../modules/call-sites.ts';
import { library } from '../modules/library.ts';
import {
  arrayFilter,
  arrayFind,
  arrayFindIndex,
  stringLastIndexOf,
  stringSlice,
  stringStartsWith,
} from '../platform/methods.ts';
import { Math } from '../platform/primordials.ts';

/** Where a definition was made. */
export type Place =
  /**
   * At the evaluation of a module; `line` is the line of the definition. `isRewritten` if the evaluated text may differ
   * from the file.
   */
  | { readonly kind: 'module'; readonly module: string; readonly line: number; readonly isRewritten: boolean }
  /** In a function that runs later or, if `isFile` is false, in code that no thread can load at all. */
  | { readonly kind: 'elsewhere'; readonly where: string; readonly isFile: boolean };

/**
 * Finds the module that is being evaluated, however deep in helpers the definition is made.
 *
 * Module code is a stack frame without a function name that begins at line 1, column 1 of its file, or nowhere. The
 * missing name alone is not enough: timers and arrow functions have no name either. An asynchronous frame does not
 * count: its module awaits the function that makes the definition now, and resumes at another time. Frames from `above`
 * on are ignored.
 */
export function findPlace(above: (...args: never[]) => unknown): Place {
  const sites = callSites(above);
  const index = arrayFindIndex(sites, (site, at) => isModuleFrame(site, sites[at + 1]) && isUserCode(site));
  const frame = sites[index];
  const own = arrayFilter(sites, isUserCode);
  const nearest = arrayFind(own, (site) => normalise(fileOf(site)!) !== library) ?? own[0];
  const shown = frame ?? nearest;
  const file = shown === undefined ? undefined : fileOf(shown);
  if (!frame || !isLoadable(file)) return { kind: 'elsewhere', where: describe(nearest), isFile: isLoadable(file) };
  const rewritten = frame.isEval() || isRewritten(sites[index + 1]);
  // Loaders that rewrite modules in this way make plain functions of ES modules.
  const module = normalise(rewritten && !stringStartsWith(file, 'file:') ? pathToFileURL(file).href : file);
  return { kind: 'module', module, line: frame.getLineNumber() ?? 0, isRewritten: rewritten };
}

function describe(site: CallSite | undefined): string {
  if (site === undefined) return 'code without a file';
  const path = site.getFileName() ?? 'unknown file';
  const file = stringSlice(path, 1 + Math.max(stringLastIndexOf(path, '/'), stringLastIndexOf(path, '\\')));
  const name = site.getFunctionName() ?? '';
  const inside = name === '' ? 'an unnamed function' : `${name}()`;
  return `${inside} (${file}:${site.getLineNumber() ?? 0})`;
}
