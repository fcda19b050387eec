import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sitesOfText, type CallSite } from '../common/stack-text.ts';
import { arrayFind, each, functionToString, pattern, stringEndsWith, stringStartsWith } from '../platform/methods.ts';
import { URL, hashOf, hrefOf, searchOf } from '../platform/node.ts';
import { Error, Map } from '../platform/primordials.ts';
import { withStacks } from '../platform/stacks.ts';

export type { CallSite } from '../common/stack-text.ts';

/** The file of a call site. Only `getScriptNameOrSourceURL` gives the whole address, with its query, in Deno. */
export function fileOf(site: CallSite): string | undefined {
  const isV8WithPositions = site.getEnclosingLineNumber !== undefined;
  if (isV8WithPositions && site.isEval()) return site.getFileName() || site.getScriptNameOrSourceURL() || undefined;
  const file = isV8WithPositions ? site.getFileName() : (site.getScriptNameOrSourceURL() ?? site.getFileName());
  return file ?? undefined;
}

/** Whether other threads can load the file of a call site; they cannot load `[eval]`, `[stdin]`, `REPL1` or `data:`. */
export function isLoadable(file: string | undefined): file is string {
  if (file === undefined || stringEndsWith(file, ']')) return false;
  return stringStartsWith(file, 'file:') || stringStartsWith(file, '/') || DRIVE.test(file);
}

/**
 * One form for each module: a `file:` URL for an ES module (with its `?query`, which makes it another module), the real
 * path for a CommonJS module.
 */
export function normalise(file: string): string {
  if (!stringStartsWith(file, 'file:')) return realPath(file);
  const url = new URL(file);
  const path = realPath(fileURLToPath(url));
  return hrefOf(pathToFileURL(path)) + searchOf(url) + hashOf(url);
}

/**
 * A key for a module that does not depend on its form: one thread may evaluate a file as ES module, another as
 * CommonJS.
 */
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
    return path; // the file may be gone
  }
}

/** Whether a call site is not code of the engine or runtime. */
export function isUserCode(site: CallSite): boolean {
  const file = fileOf(site);
  return (
    file !== undefined &&
    !(stringStartsWith(file, 'node:') || stringStartsWith(file, 'ext:') || stringStartsWith(file, '['))
  );
}

/** Whether a call site is code of a module that is being evaluated. `below` is the caller, if any. */
export function isModuleFrame(site: CallSite, below: CallSite | undefined): boolean {
  if (site.isAsync?.() === true) return false;
  if (isEvaluatedText(site)) return true;
  if ((site.getFunctionName() ?? '') !== '' || site.isEval()) return false;
  if (site.getEnclosingLineNumber === undefined) return isOutermost(site, below);
  return beginsItsFile(site);
}

/**
 * Whether the code is a module evaluated from text: a development server such as Vite makes a function of the text,
 * with the address of the file.
 */
function isEvaluatedText(site: CallSite): boolean {
  if (site.getEnclosingLineNumber === undefined || !site.isEval() || site.getFunctionName() !== 'eval') return false;
  return site.getEnclosingLineNumber() === 1 && isLoadable(fileOf(site));
}

const REWRITES_MODULES = pattern(/[\\/]node_modules[\\/](vite|vite-node)[\\/]/);

/** Whether the caller, which evaluates a module, changes the text of modules. */
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
 * Whether code is module code, where the engine does not tell where functions begin: in Bun and Deno, and in Node.js
 * after the lockdown of SES. In Node.js the module loader calls every module. In Deno an ES module has no caller, and
 * the loader calls a CommonJS module. In Bun functions without a name look like CommonJS modules; Bun shows the text of
 * a function only if the function is not strict. If this cannot be decided here, a pool thread will find out.
 */
function isOutermost(site: CallSite, below: CallSite | undefined): boolean {
  const caller = below?.getFileName() ?? '';
  if (caller === 'node:module' || stringStartsWith(caller, 'node:internal/modules/')) return true;
  if (!stringStartsWith(site.toString(), '<anonymous>')) return below === undefined || caller === BUN_ITSELF;
  const fn = site.getFunction();
  if (fn !== undefined) return COMMON_JS_WRAPPER.test(functionToString(fn));
  return below === undefined && isScript(fileOf(site) ?? '');
}

/** The caller that Bun shows for a module that resumes after an `await`. */
const BUN_ITSELF = '[unknown]';
const COMMON_JS_WRAPPER = pattern(/^function ?\(exports, require,/);

function isScript(file: string): boolean {
  return stringEndsWith(file, '.js') || stringEndsWith(file, '.cjs');
}

/**
 * The module that awaits the code of this stack, and the line. Bun shows no async frames, and Deno does not show which
 * frames are modules.
 */
export function awaitingModule(sites: readonly CallSite[]): { readonly module: string; readonly line: number } | null {
  for (const site of each(sites)) {
    if (site.isAsync?.() !== true || (site.getFunctionName() ?? '') !== '' || !isUserCode(site)) continue;
    if (site.getEnclosingLineNumber !== undefined && beginsItsFile(site))
      return { module: normalise(fileOf(site)!), line: site.getLineNumber() ?? 0 };
  }
  return null;
}

/** The module that is being evaluated, and its current line; null if there is none. */
export function evaluatedModule(sites: readonly CallSite[]): { readonly module: string; readonly line: number } | null {
  const site = arrayFind(sites, (frame, index) => isModuleFrame(frame, sites[index + 1]) && isUserCode(frame));
  const file = site === undefined ? undefined : fileOf(site);
  return isLoadable(file) ? { module: normalise(file), line: site!.getLineNumber() ?? 0 } : null;
}

/** The call sites of V8 above a function. */
export function callSites(above: (...args: never[]) => unknown): CallSite[] {
  const options = { stackTraceLimit: Infinity, prepareStackTrace: (_error: unknown, sites: unknown) => sites };
  const stack = withStacks(options, () => {
    const holder: { stack?: CallSite[] | string } = {};
    captureStackTrace(holder, above);
    return holder.stack ?? []; // V8 makes the stack at the first read; a minifier would drop an unused read
  });
  return typeof stack === 'string' ? sitesOfText(stack) : stack;
}

const { captureStackTrace } = Error;
