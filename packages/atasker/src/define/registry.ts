import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { invalidOption, TaskError } from '../errors.ts';
import { show, type AnyFn } from '../options.ts';
import { role, type MainFile } from '../role.ts';
import type { Address, Target } from '../task.ts';
import { findPlace, normalise, ownFile, type Place } from './module-frame.ts';

/** A function that can be a task, and how another thread finds it. */
export interface Definition extends Target {
  readonly fn: AnyFn;
  /** Null if it was made where no thread can find it. */
  readonly address: Address | null;
  readonly name: string;
  readonly place: Place;
}

/** Thrown where the evaluation of the program's main file ends in a pool thread (docs/loading.md, rule 4). */
export class MainFileStop extends Error {
  override name = 'MainFileStop';
}

/** What all evaluations of one copy of this library in one thread share. */
interface Registry {
  readonly modules: Map<string, Definition[]>;
  /** The first definition of each function. */
  readonly byFunction: WeakMap<AnyFn, Definition>;
  readonly listeners: Set<(definition: Definition) => void>;
  /** Whether the body of the program's main file is in `main()`, so that it can be evaluated whole. */
  mainIsWhole: boolean;
}

/** Names this copy of the library, and lets a thread load it. */
export const library: string = ownFile();

const registry = sharedRegistry();

function sharedRegistry(): Registry {
  const key = Symbol.for(`atasker ${library}`);
  const shared = globalThis as { [key]?: Registry };
  shared[key] ??= { modules: new Map(), byFunction: new WeakMap(), listeners: new Set(), mainIsWhole: false };
  return shared[key];
}

/** Whether this thread was started by this copy of the library. */
export const isOwnThread: boolean = role !== null && role.library === library;

/** The definition of the main file at which its evaluation in this pool thread ends. */
let stopAt = role?.main.lastOrdinal ?? Infinity;

/** Whether every thread sees the same source text of a function; asked for at the first definition. */
let oneSource: boolean | null = null;

/** The two forms that the address of the main file may have; looked for once. */
let mainNames: readonly string[] | null = null;

/**
 * Registers a function. Inside the evaluation of a module it takes the module's next ordinal;
 * elsewhere a function that is known keeps its first definition.
 */
export function define(fn: AnyFn, name: string, module?: unknown): Definition {
  const known = registry.byFunction.get(fn);
  const place: Place = module === undefined ? findPlace() : { kind: 'module', module: moduleOf(module), line: 0 };
  if (place.kind === 'elsewhere') return known ?? { fn, address: null, name, place };
  const definition = register(fn, name, place);
  if (known === undefined) registry.byFunction.set(fn, definition);
  return known ?? definition;
}

function register(fn: AnyFn, name: string, place: Place & { kind: 'module' }): Definition {
  const { module, line } = place;
  const siblings = registry.modules.get(module) ?? [];
  registry.modules.set(module, siblings);
  const source = hasOneSource() ? Function.prototype.toString.call(fn) : null;
  const address: Address = { module, ordinal: siblings.length, name, length: fn.length, source, line };
  const definition: Definition = { fn, address, name, place };
  siblings.push(definition);
  for (const listener of registry.listeners) listener(definition);
  stopMainFile(address);
  return definition;
}

/** In a pool thread nothing below the last known definition of the program's main file runs again. */
function stopMainFile({ module, ordinal }: Address): void {
  if (!isOwnThread || module !== role?.main.module || ordinal < stopAt) return;
  throw new MainFileStop(`the main file ${module} is evaluated in a pool thread only down to its last task`);
}

/** A pool thread learns how far to evaluate the main file, before it does. */
export function stopMainFileAt(ordinal: number): void {
  stopAt = ordinal;
}

/** The definition at an address, or undefined if it has not been registered in this thread. */
export function findDefinition(address: Address): Definition | undefined {
  return registry.modules.get(address.module)?.[address.ordinal];
}

/** Whether two threads mean the same function: an ordinal alone shifts if a definition is made in one of them only. */
export function isSameDefinition(a: Address, b: Address): boolean {
  const sameSource = a.source === null || b.source === null || a.source === b.source;
  return a.module === b.module && a.ordinal === b.ordinal && a.name === b.name && a.length === b.length && sameSource;
}

/** Definitions that only pool threads have made, by where they stand. */
const foreign = new Map<string, Target>();

/** What a pool thread calls by an address: one and the same object each time. */
export function findTarget(address: Address): Target {
  const here = findDefinition(address);
  if (here !== undefined && isSameDefinition(here.address!, address)) return here;
  const key = `${address.ordinal} ${address.module}`;
  const known = foreign.get(key);
  if (known !== undefined && isSameDefinition(known.address!, address)) return known;
  const target: Target = { fn: null, address };
  foreign.set(key, target);
  return target;
}

/** The definitions of a module so far. */
export function definitionsOf(module: string): readonly Definition[] {
  return registry.modules.get(module) ?? [];
}

/** Tells of every new definition; gives a function that ends that. */
export function onDefinition(listener: (definition: Definition) => void): () => void {
  registry.listeners.add(listener);
  return () => registry.listeners.delete(listener);
}

/** The body of the main file is in `main()`: threads may evaluate the file whole. */
export function setMainIsWhole(): void {
  registry.mainIsWhole = true;
}

/** The program's main file and how far a thread may evaluate it. */
export function mainFile(): MainFile {
  mainNames ??= findMainFile();
  for (const module of mainNames) {
    const definitions = registry.modules.get(module);
    if (definitions === undefined) continue;
    return { module, lastOrdinal: registry.mainIsWhole ? Infinity : definitions.length - 1 };
  }
  return { module: null, lastOrdinal: Infinity };
}

function findMainFile(): readonly string[] {
  const script = process.argv[1];
  if (script === undefined) return [];
  try {
    const path = realpathSync(createRequire(`${process.cwd()}/`).resolve(script));
    return [path, pathToFileURL(path).href];
  } catch {
    return []; // not a file: standard input, a runner of its own kind
  }
}

/**
 * Whether every thread sees the same source text of a function. A loader, a test runner or a
 * coverage tool may rewrite it in one thread only; then name and parameters have to do.
 */
function hasOneSource(): boolean {
  oneSource ??= !hasLoader();
  return oneSource;
}

function hasLoader(): boolean {
  const { env } = process;
  const flags = [...process.execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const rewrites = /^(--import|--loader|--experimental-loader|--require|-r)(=|$)/;
  return flags.some((flag) => rewrites.test(flag)) || 'JEST_WORKER_ID' in env || 'VITEST' in env;
}

/** The escape hatch: `import.meta`, a URL, or what a `file:` URL or a path says. */
function moduleOf(module: unknown): string {
  const url = typeof module === 'object' && module !== null && 'url' in module ? module.url : module;
  const text = url instanceof URL ? url.href : url;
  if (typeof text === 'string' && (text.startsWith('file:') || text.startsWith('/'))) return normalise(text);
  throw invalidOption('type', `module must be import.meta or a file: URL, got ${show(module)}`);
}

/** The error of a task function that no thread can find. */
export function notAtModuleLevel({ name, place }: Definition): TaskError {
  const elsewhere = place.kind === 'elsewhere' ? place : null;
  const fact = `${name} became a task inside ${elsewhere?.where}, where no thread can find it.`;
  const way =
    elsewhere?.isFile === false
      ? `Put it in a file of its own, or name the file that defines it: backgroundTask(${name}, { module: import.meta }).`
      : `At the top of the file: const ${name}Task = backgroundTask(${name}). Here: ${name}Task.with({ priority: 'high' })(…).`;
  return new TaskError('ERR_TASK_NOT_AT_MODULE_LEVEL', `${fact} ${way}`, { taskName: name });
}
