import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** V8's call site; other engines leave some of it out. */
type CallSite = Omit<NodeJS.CallSite, 'getEnclosingLineNumber' | 'getEnclosingColumnNumber'> & {
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
};

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
 */
export function findPlace(): Place {
  const sites = callSites(findPlace).filter(isUserCode);
  const frame = sites.find(isModuleFrame);
  const file = (frame ?? sites[0])?.getFileName() ?? '';
  if (!frame || !isLoadable(file)) return { kind: 'elsewhere', where: describe(sites[0]), isFile: isLoadable(file) };
  return { kind: 'module', module: normalise(file), line: frame.getLineNumber() ?? 0 };
}

/** The file that this code was evaluated from, which may be a bundle: `import.meta` is not there in CommonJS. */
export function ownFile(): string {
  const file = callSites(ownFile)[0]?.getFileName();
  return file ? normalise(file) : '';
}

/**
 * One form for one module: a `file:` URL for an ES module (a `?query` makes it another module),
 * the real path for a CommonJS one.
 */
export function normalise(file: string): string {
  if (!file.startsWith('file:')) return realPath(file);
  const url = new URL(file);
  const path = realPath(fileURLToPath(url));
  return pathToFileURL(path).href + url.search + url.hash;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it need not exist any more
  }
}

function callSites(above: (...args: never[]) => unknown): CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = Infinity;
    Error.prepareStackTrace = (_error, sites): unknown => sites;
    const holder: { stack?: CallSite[] } = {};
    Error.captureStackTrace(holder, above);
    return holder.stack ?? [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepareStackTrace;
  }
}

const library = ownFile();

/** Not Node's own code, nor ours when it is a file of its own. */
function isUserCode(site: CallSite): boolean {
  const file = site.getFileName();
  if (file === undefined || file === null || file.startsWith('node:')) return false;
  return isModuleFrame(site) || normalise(file) !== library;
}

function isModuleFrame(site: CallSite): boolean {
  if (site.getFunctionName() !== null || site.isEval()) return false;
  return isFirst(site.getEnclosingLineNumber?.()) && isFirst(site.getEnclosingColumnNumber?.());
}

function isFirst(position: number | null | undefined): boolean {
  return position === 1 || position === null || position === undefined;
}

/** `[eval]`, `[stdin]`, `REPL1`, `data:` and their like cannot be loaded by another thread. */
function isLoadable(file: string): boolean {
  return (file.startsWith('file:') || file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file)) && !file.endsWith(']');
}

function describe(site: CallSite | undefined): string {
  if (site === undefined) return 'code without a file';
  const file = site.getFileName()?.split(/[\\/]/).at(-1) ?? 'unknown file';
  const name = site.getFunctionName();
  const inside = name === null ? 'an unnamed function' : `${name}()`;
  return `${inside} (${file}:${site.getLineNumber() ?? 0})`;
}
