import { realpathSync } from 'node:fs';
import { show, type AnyFn } from '../common/check.ts';
import { invalidOption, TaskError } from '../common/errors.ts';
import { role, type MainFile } from '../common/role.ts';
import { moduleKey, normalise } from '../modules/call-sites.ts';
import { isOwnThread, sharedState } from '../modules/library.ts';
import { resolveFrom } from '../modules/resolve-from.ts';
import { isTestRunner, programLoader } from '../modules/typescript.ts';
import {
  arrayConcat,
  arrayIncludes,
  arrayPush,
  arraySome,
  each,
  functionToString,
  pattern,
  stringReplace,
  stringStartsWith,
  stringWords,
} from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Error, Map, Set, WeakMap } from '../platform/primordials.ts';
import type { Address, Target } from '../task/call.ts';
import { findPlace, type Place } from './module-frame.ts';
import { Numbered } from './numbered.ts';
import { goesOn } from './standstill.ts';

/** A function that can be a task, and where another thread finds the function. */
export interface Definition extends Target {
  readonly fn: AnyFn;
  /** Null if the definition was made where no thread can find it. */
  readonly address: Address | null;
  readonly name: string;
  readonly place: Place;
}

/** Thrown at the point where a pool thread ends the evaluation of the program's main file (docs/loading.md, rule 4). */
export class MainFileStop extends Error {
  override name = 'MainFileStop';

  constructor(message?: string) {
    super(message);
  }
}

/** The name of a function that has no name, or has lost its name to a minifier. */
export const ANONYMOUS = 'anonymous';

/**
 * The definitions of one evaluation of a module, by ordinal. The program keeps only definitions that can still be
 * called: code that makes a task of a closure at each call would otherwise leak all these definitions. A pool thread, and
 * a program that runs tasks of others, keep all definitions, because there often only the library refers to them.
 */
interface ModuleDefinitions {
  /** The address of the module, as its first definition gives it. */
  readonly module: string;
  readonly definitions: Numbered<Definition>;
}

/** What all evaluations of this copy of the library in one thread share. */
interface Registry {
  /** Modules by the `moduleKey` of their address. */
  readonly modules: Map<string, ModuleDefinitions>;
  /** The first definition of each function. */
  readonly byFunction: WeakMap<AnyFn, Definition>;
  readonly listeners: Set<(definition: Definition) => void>;
  /** Whether the definitions of modules from now on are kept, even if nothing else refers to them. */
  isKeeping: boolean;
  /** How many definitions have been made so far. */
  made: number;
  /** Keys of the modules whose next definition is the first definition of a new evaluation. */
  readonly reloading: Set<string>;
  /** Whether the body of the program's main file is in `main()`, so that a thread can evaluate the whole file. */
  mainIsWhole: boolean;
  /** The ordinal of the definition at which this pool thread ends the evaluation of the main file. */
  stopAt: number;
}

const registry = sharedState<Registry>('registry', () => ({
  modules: new Map(),
  byFunction: new WeakMap(),
  listeners: new Set(),
  isKeeping: role !== null,
  made: 0,
  reloading: new Set(),
  mainIsWhole: false,
  stopAt: role?.main.lastOrdinal ?? Infinity,
}));

/** Whether every thread sees the same source text of a function; determined at the first definition. */
let oneSource: boolean | null = null;

/** The path of the program's main file, empty if there is none; null until it is first needed. */
let mainPath: string | null = null;

/**
 * Registers a function. During the evaluation of a module, the function takes the next ordinal of the module. Elsewhere
 * a known function keeps its first definition. `definer` is the library function that the module calls.
 */
export function define(fn: AnyFn, name: string, definer: AnyFn, module?: unknown): Definition {
  const known = registry.byFunction.get(fn);
  const place: Place =
    module === undefined
      ? findPlace(definer)
      : { kind: 'module', module: moduleOf(module), line: 0, isRewritten: true };
  if (place.kind === 'elsewhere') return known ?? { fn, address: null, name, place };
  const hasSource = !place.isRewritten && hasOneSource();
  const definition = register(fn, name, place, hasSource);
  if (known === undefined) registry.byFunction.set(fn, definition);
  return known ?? definition;
}

function register(fn: AnyFn, name: string, place: Place & { kind: 'module' }, hasSource: boolean): Definition {
  const { module, line } = place;
  const key = moduleKey(module);
  const isReloading = registry.reloading.delete(key);
  const known = isReloading ? undefined : registry.modules.get(key);
  const { definitions } = known ?? { definitions: new Numbered<Definition>(registry.isKeeping) };
  if (known === undefined) registry.modules.set(key, { module, definitions });
  const source = hasSource ? functionToString(fn) : null;
  const address: Address = { module, ordinal: definitions.count, name, length: fn.length, source, line };
  const definition: Definition = { fn, address, name, place };
  definitions.add(definition);
  registry.made += 1;
  goesOn();
  for (const listener of registry.listeners) listener(definition);
  stopMainFile(address);
  return definition;
}

/** In a pool thread, the code of the program's main file below its last known definition must not run again. */
function stopMainFile({ module, ordinal }: Address): void {
  if (!isOwnThread || !isMainFile(module) || ordinal < registry.stopAt) return;
  throw new MainFileStop(`the main file ${module} is evaluated in a pool thread only down to its last task`);
}

/** Tells this pool thread how far to evaluate the main file; called before the evaluation. */
export function stopMainFileAt(ordinal: number): void {
  registry.stopAt = ordinal;
}

function isMainFile(module: string): boolean {
  const main = role?.main.module ?? null;
  return main !== null && moduleKey(main) === moduleKey(module);
}

/** The definition at an address, or undefined if it has not been registered in this thread. */
export function findDefinition(address: Address): Definition | undefined {
  return registry.modules.get(moduleKey(address.module))?.definitions.at(address.ordinal);
}

/** The evaluation of a module has failed. A further evaluation counts its definitions from 0 again. */
export function redefineAtNextLoad(module: string): void {
  registry.reloading.add(moduleKey(module));
}

/** The first definition of a function in this thread. */
export function findByFunction(fn: AnyFn): Definition | undefined {
  return registry.byFunction.get(fn);
}

/**
 * Whether two addresses mean the same function. The ordinal alone is not enough: it shifts if only one of two threads
 * makes an additional definition.
 */
export function isSameDefinition(a: Address, b: Address): boolean {
  const isSamePlace = a.ordinal === b.ordinal && moduleKey(a.module) === moduleKey(b.module);
  return isSamePlace && a.length === b.length && isSameFunction(a, b);
}

function isSameFunction(a: Address, b: Address): boolean {
  if (a.source !== null && b.source !== null) return a.name === b.name && a.source === b.source;
  return arrayIncludes([a.name, b.name], ANONYMOUS) || withoutNumber(a.name) === withoutNumber(b.name);
}

/** A loader that rewrites a module may rename the function `hash` to `hash2`, if a constant is named `hash`, too. */
const NUMBER_AT_END = pattern(/[$_]?\d+$/);

function withoutNumber(name: string): string {
  return stringReplace(name, NUMBER_AT_END, '');
}

/** Targets whose definitions only pool threads have made, by ordinal and module. */
const foreign = new Map<string, Target>();

/** The target of an address that a pool thread calls: the same object for each call. */
export function findTarget(address: Address): Target {
  const here = findDefinition(address);
  if (here !== undefined && isSameDefinition(here.address!, address)) return here;
  const key = `${address.ordinal} ${moduleKey(address.module)}`;
  const known = foreign.get(key);
  if (known !== undefined && isSameDefinition(known.address!, address)) return known;
  const target: Target = { fn: null, address };
  foreign.set(key, target);
  return target;
}

/** The definitions of a module so far, except for those that were not kept. */
export function definitionsOf(module: string): readonly Definition[] {
  return registry.modules.get(moduleKey(module))?.definitions.living() ?? [];
}

/** From now on modules keep their definitions: this program runs tasks of others, which find them by name. */
export function keepDefinitions(): void {
  registry.isKeeping = true;
}

/** How many definitions this thread has made so far: if there are no more, all of them are the same as before. */
export function countDefinitions(): number {
  return registry.made;
}

/** All definitions of this thread that another thread can find and that can still be called. */
export function allDefinitions(): readonly Definition[] {
  const all: Definition[] = [];
  for (const { definitions } of registry.modules.values()) {
    for (const definition of each(definitions.living())) arrayPush(all, definition);
  }
  return all;
}

/** Calls the listener at every new definition. Returns a function that removes the listener. */
export function onDefinition(listener: (definition: Definition) => void): () => void {
  registry.listeners.add(listener);
  return () => registry.listeners.delete(listener);
}

/** Notes that the body of the main file is in `main()`: threads may evaluate the whole file. */
export function setMainIsWhole(): void {
  registry.mainIsWhole = true;
}

/** The program's main file, and how far a thread may evaluate the file. */
export function mainFile(): MainFile {
  mainPath ??= findMainFile();
  const known = registry.modules.get(moduleKey(mainPath));
  if (known === undefined) return { module: null, lastOrdinal: Infinity };
  const { module, definitions } = known;
  return { module, lastOrdinal: registry.mainIsWhole ? Infinity : definitions.count - 1 };
}

function findMainFile(): string {
  const script = process.argv[1];
  if (script === undefined) return '';
  // null if the script is not a file, but standard input or a special runner
  const path = resolveFrom(`${process.cwd()}/`, script);
  return path === null ? '' : realpathSync(path);
}

/**
 * Whether every thread sees the same source text of a function. A loader, a test runner or a coverage tool may rewrite
 * the text in one thread only; then the comparison uses only name and parameters.
 */
function hasOneSource(): boolean {
  oneSource ??= !hasLoader();
  return oneSource;
}

const REWRITES = pattern(/^(--import|--loader|--experimental-loader|--require|-r)(=|$)/);

function hasLoader(): boolean {
  const flags = arrayConcat(process.execArgv, stringWords(process.env['NODE_OPTIONS'] ?? ''));
  return isTestRunner() || programLoader() !== null || arraySome(flags, (flag) => REWRITES.test(flag));
}

/** The module of the option `module`: `import.meta`, a URL, or a string with a `file:` URL or a path. */
function moduleOf(module: unknown): string {
  const url = typeof module === 'object' && module !== null && 'url' in module ? module.url : module;
  const text = typeof url === 'object' && url !== null && 'href' in url ? url.href : url;
  if (typeof text === 'string' && (stringStartsWith(text, 'file:') || stringStartsWith(text, '/')))
    return normalise(text);
  throw invalidOption('type', `module must be import.meta or a file: URL, got ${show(module)}`);
}

/** The error for a task function that no thread can find. */
export function notAtModuleLevel({ name, place }: Definition): TaskError {
  const elsewhere = place.kind === 'elsewhere' ? place : null;
  const fact = `${name} became a task inside ${elsewhere?.where}, where no thread can find it.`;
  const asModule = `backgroundTask(${name}, { module: import.meta.url })`;
  const way =
    elsewhere?.isFile === false
      ? `Put it in a file of its own, or name the file that defines it: ${asModule}.`
      : `At the top of the file: const ${name}Task = backgroundTask(${name}). Here: ${name}Task.with({ priority: 'high' })(…). ` +
        `If it is at the top already, a bundler has moved it: keep atasker out of the bundle and name the file, ${asModule}.`;
  return new TaskError('ERR_TASK_NOT_AT_MODULE_LEVEL', `${fact} ${way}`, { taskName: name });
}
