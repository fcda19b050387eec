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
  /** While a module was being evaluated; `line` is the line in it. `isRewritten` if that has not the text of its file. */
  | { readonly kind: 'module'; readonly module: string; readonly line: number; readonly isRewritten: boolean }
  /** In a function that runs later, or (`isFile` false) in code that no thread can load at all. */
  | { readonly kind: 'elsewhere'; readonly where: string; readonly isFile: boolean };

/**
 * Finds the module that is being evaluated, however deep in helpers the definition is made.
 *
 * Module code is a frame without a function name that begins at line 1, column 1 of its file, or
 * nowhere. A frame without a name alone is not enough: timers and arrow functions have none either.
 * An asynchronous frame is none: that module awaits the function that makes the definition now, at a time of its own.
 * Frames from `above` on are not looked at.
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
  // What rewrites modules so makes plain functions of ES modules.
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
