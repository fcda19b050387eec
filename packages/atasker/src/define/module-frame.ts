import { callSites, fileOf, isLoadable, normalise, type CallSite } from '../call-sites.ts';
import { library } from '../library.ts';

/** Where a definition was made. */
export type Place =
  /** While a module was being evaluated; `line` is the line in it. */
  | { readonly kind: 'module'; readonly module: string; readonly line: number }
  /** In a function that runs later, or (`isFile` false) in code that no thread can load at all. */
  | { readonly kind: 'elsewhere'; readonly where: string; readonly isFile: boolean };

/**
 * Finds the module that is being evaluated, however deep in helpers the definition is made.
 *
 * Module code is a frame without a function name that begins at line 1, column 1 of its file, or
 * nowhere. A frame without a name alone is not enough: timers and arrow functions have none either.
 * Frames from `above` on are not looked at.
 */
export function findPlace(above: (...args: never[]) => unknown): Place {
  const sites = callSites(above);
  const frame = sites.find((site, index) => isModuleFrame(site, sites[index + 1]) && isUserCode(site));
  const own = sites.filter(isUserCode);
  const nearest = own.find((site) => normalise(fileOf(site)!) !== library) ?? own[0];
  const shown = frame ?? nearest;
  const file = shown === undefined ? undefined : fileOf(shown);
  if (!frame || !isLoadable(file)) return { kind: 'elsewhere', where: describe(nearest), isFile: isLoadable(file) };
  return { kind: 'module', module: normalise(file), line: frame.getLineNumber() ?? 0 };
}

/** Not the engine's own code. */
function isUserCode(site: CallSite): boolean {
  const file = fileOf(site);
  return file !== undefined && !/^(node|ext):|^\[/.test(file);
}

/** `below` is what has called it, if anything. */
function isModuleFrame(site: CallSite, below: CallSite | undefined): boolean {
  if ((site.getFunctionName() ?? '') !== '' || site.isEval()) return false;
  if (site.getEnclosingLineNumber === undefined) return isOutermost(site, below);
  return isFirst(site.getEnclosingLineNumber()) && isFirst(site.getEnclosingColumnNumber?.());
}

function isFirst(position: number | null | undefined): boolean {
  return position === 1 || position === null || position === undefined;
}

/**
 * Bun and Deno do not say where a function begins. In Deno nothing has called an ES module, and the loader
 * has called a CommonJS one. Bun calls functions without a name so, and the CommonJS module too; it shows
 * their text unless that is strict. Then a pool thread will find out.
 */
function isOutermost(site: CallSite, below: CallSite | undefined): boolean {
  if (below?.getFileName() === 'node:module') return true;
  if (!site.toString().startsWith('<anonymous>')) return below === undefined;
  const fn = site.getFunction();
  if (fn !== undefined) return /^function ?\(exports, require,/.test(Function.prototype.toString.call(fn));
  return below === undefined && /\.c?js$/.test(fileOf(site) ?? '');
}

function describe(site: CallSite | undefined): string {
  if (site === undefined) return 'code without a file';
  const file = site.getFileName()?.split(/[\\/]/).at(-1) ?? 'unknown file';
  const name = site.getFunctionName() ?? '';
  const inside = name === '' ? 'an unnamed function' : `${name}()`;
  return `${inside} (${file}:${site.getLineNumber() ?? 0})`;
}
