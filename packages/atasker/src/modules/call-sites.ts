import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sitesOfText, type CallSite } from '../common/stack-text.ts';
import { arrayFind, each, functionToString, pattern, stringEndsWith, stringStartsWith } from '../platform/methods.ts';
import { URL, hashOf, hrefOf, searchOf } from '../platform/node.ts';
import { Error, Map } from '../platform/primordials.ts';
import { withStacks } from '../platform/stacks.ts';

export type { CallSite } from '../common/stack-text.ts';

/** Deno tells the whole address, with its query, only in this way. */
export function fileOf(site: CallSite): string | undefined {
  const isV8WithPositions = site.getEnclosingLineNumber !== undefined;
  if (isV8WithPositions && site.isEval()) return site.getFileName() || site.getScriptNameOrSourceURL() || undefined;
  const file = isV8WithPositions ? site.getFileName() : (site.getScriptNameOrSourceURL() ?? site.getFileName());
  return file ?? undefined;
}

/** Whether other threads can load what a call site calls its file: `[eval]`, `[stdin]`, `REPL1`, `data:` they cannot. */
export function isLoadable(file: string | undefined): file is string {
  if (file === undefined || stringEndsWith(file, ']')) return false;
  return stringStartsWith(file, 'file:') || stringStartsWith(file, '/') || DRIVE.test(file);
}

/**
 * One form for one module: a `file:` URL for an ES module (a `?query` makes it another module),
 * the real path for a CommonJS one.
 */
export function normalise(file: string): string {
  if (!stringStartsWith(file, 'file:')) return realPath(file);
  const url = new URL(file);
  const path = realPath(fileURLToPath(url));
  return hrefOf(pathToFileURL(path)) + searchOf(url) + hashOf(url);
}

/** Names a module whatever its form: the same file may be evaluated as an ES module here and as CommonJS there. */
export function moduleKey(module: string): string {
  const known = keys.get(module);
  if (known !== undefined) return known;
  const key = stringStartsWith(module, 'file:') ? pathOf(new URL(module)) : module;
  keys.set(module, key);
  return key;
}

const DRIVE = pattern(/^[A-Za-z]:[\\/]/);
const keys = new Map<string, string>();

function pathOf(url: URL): string {
  return fileURLToPath(url) + searchOf(url) + hashOf(url);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it need not exist any more
  }
}

/** Not the engine's own code. */
export function isUserCode(site: CallSite): boolean {
  const file = fileOf(site);
  return (
    file !== undefined &&
    !(stringStartsWith(file, 'node:') || stringStartsWith(file, 'ext:') || stringStartsWith(file, '['))
  );
}

/** Whether it is the code of a module that is being evaluated. `below` is what has called it, if anything. */
export function isModuleFrame(site: CallSite, below: CallSite | undefined): boolean {
  if (site.isAsync?.() === true) return false;
  if (isEvaluatedText(site)) return true;
  if ((site.getFunctionName() ?? '') !== '' || site.isEval()) return false;
  if (site.getEnclosingLineNumber === undefined) return isOutermost(site, below);
  return beginsItsFile(site);
}

/** A development server, that of Vite for one, makes a function of each module's text and gives it the address of the file. */
function isEvaluatedText(site: CallSite): boolean {
  if (site.getEnclosingLineNumber === undefined || !site.isEval() || site.getFunctionName() !== 'eval') return false;
  return site.getEnclosingLineNumber() === 1 && isLoadable(fileOf(site));
}

const REWRITES_MODULES = pattern(/[\\/]node_modules[\\/](vite|vite-node)[\\/]/);

/** Whether what evaluates a module, the code that has called it, gives it another text than the file has. */
export function isRewritten(caller: CallSite | undefined): boolean {
  return caller !== undefined && REWRITES_MODULES.test(fileOf(caller) ?? '');
}

function beginsItsFile(site: CallSite): boolean {
  return isFirst(site.getEnclosingLineNumber?.()) && isFirst(site.getEnclosingColumnNumber?.());
}

function isFirst(position: number | null | undefined): boolean {
  return position === 1 || position === null || position === undefined;
}

/**
 * Bun and Deno do not say where a function begins, nor does Node.js after the lockdown of SES, where the loader has
 * called every module. In Deno nothing has called an ES module, and the loader
 * has called a CommonJS one. Bun calls functions without a name so, and the CommonJS module too; it shows
 * their text unless that is strict. Then a pool thread will find out.
 */
function isOutermost(site: CallSite, below: CallSite | undefined): boolean {
  const caller = below?.getFileName() ?? '';
  if (caller === 'node:module' || stringStartsWith(caller, 'node:internal/modules/')) return true;
  if (!stringStartsWith(site.toString(), '<anonymous>')) return below === undefined || caller === BUN_ITSELF;
  const fn = site.getFunction();
  if (fn !== undefined) return COMMON_JS_WRAPPER.test(functionToString(fn));
  return below === undefined && isScript(fileOf(site) ?? '');
}

/** Goes on with a module that has awaited something. */
const BUN_ITSELF = '[unknown]';
const COMMON_JS_WRAPPER = pattern(/^function ?\(exports, require,/);

function isScript(file: string): boolean {
  return stringEndsWith(file, '.js') || stringEndsWith(file, '.cjs');
}

/** Where a module awaits what the stack belongs to. Bun tells nothing of that, and Deno not what is a module. */
export function awaitingModule(sites: readonly CallSite[]): { readonly module: string; readonly line: number } | null {
  for (const site of each(sites)) {
    if (site.isAsync?.() !== true || (site.getFunctionName() ?? '') !== '' || !isUserCode(site)) continue;
    if (site.getEnclosingLineNumber !== undefined && beginsItsFile(site))
      return { module: normalise(fileOf(site)!), line: site.getLineNumber() ?? 0 };
  }
  return null;
}

/** The module that is being evaluated, and the line it is at; null if none is. */
export function evaluatedModule(sites: readonly CallSite[]): { readonly module: string; readonly line: number } | null {
  const site = arrayFind(sites, (frame, index) => isModuleFrame(frame, sites[index + 1]) && isUserCode(frame));
  const file = site === undefined ? undefined : fileOf(site);
  return isLoadable(file) ? { module: normalise(file), line: site!.getLineNumber() ?? 0 } : null;
}

/** V8's call sites above a function. */
export function callSites(above: (...args: never[]) => unknown): CallSite[] {
  const options = { stackTraceLimit: Infinity, prepareStackTrace: (_error: unknown, sites: unknown) => sites };
  const stack = withStacks(options, () => {
    const holder: { stack?: CallSite[] | string } = {};
    captureStackTrace(holder, above);
    return holder.stack ?? []; // V8 makes it when it is read; a minifier would remove a read whose value is not used
  });
  return typeof stack === 'string' ? sitesOfText(stack) : stack;
}

const { captureStackTrace } = Error;
