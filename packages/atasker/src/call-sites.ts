import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** V8's call site; other engines leave some of it out. */
export type CallSite = Omit<NodeJS.CallSite, 'getEnclosingLineNumber' | 'getEnclosingColumnNumber' | 'toString'> & {
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
  toString(): string;
};

/** Deno tells the whole address, with its query, only in this way. */
export function fileOf(site: CallSite): string | undefined {
  const isV8WithPositions = site.getEnclosingLineNumber !== undefined;
  const file = isV8WithPositions ? site.getFileName() : (site.getScriptNameOrSourceURL() ?? site.getFileName());
  return file ?? undefined;
}

/** Whether other threads can load what a call site calls its file: `[eval]`, `[stdin]`, `REPL1`, `data:` they cannot. */
export function isLoadable(file: string | undefined): file is string {
  if (file === undefined || file.endsWith(']')) return false;
  return file.startsWith('file:') || file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
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

/** Names a module whatever its form: the same file may be evaluated as an ES module here and as CommonJS there. */
export function moduleKey(module: string): string {
  const known = keys.get(module);
  if (known !== undefined) return known;
  const key = module.startsWith('file:') ? pathOf(new URL(module)) : module;
  keys.set(module, key);
  return key;
}

const keys = new Map<string, string>();

function pathOf(url: URL): string {
  return fileURLToPath(url) + url.search + url.hash;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it need not exist any more
  }
}

/** V8's call sites above a function. */
export function callSites(above: (...args: never[]) => unknown): CallSite[] {
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
