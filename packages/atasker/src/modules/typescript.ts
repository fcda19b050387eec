import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  arrayFind,
  arrayJoin,
  arrayMap,
  arraySome,
  pattern,
  stringIncludes,
  stringLastIndexOf,
  stringReplace,
  stringSlice,
  stringSplit,
  stringStartsWith,
  stringWords,
} from '../platform/methods.ts';
import { hrefOf, process, realProcess } from '../platform/node.ts';
import { Boolean, JSON, Symbol } from '../platform/primordials.ts';
import { resolveFrom } from './resolve-from.ts';

/**
 * The loader that compiles TypeScript modules in the program. Each member of a pool has to register the loader itself.
 */
export type SourceLoader = TsxLoader | TsNodeLoader;

export interface TsxLoader {
  readonly kind: 'tsx';
  /** The `file:` URL of the programming interface for ES modules. */
  readonly esm: string;
  /** The path of the programming interface for CommonJS. */
  readonly cjs: string;
}

export interface TsNodeLoader {
  readonly kind: 'ts-node';
  /** The path of the package's main module. */
  readonly module: string;
  readonly options: object;
}

let found: SourceLoader | null | undefined;

/** The loader that the program was started with, or null; determined once. */
export function programLoader(): SourceLoader | null {
  found ??= tsNode() ?? tsxOf(process.execArgv) ?? tsxOf(stringWords(process.env['NODE_OPTIONS'] ?? '')) ?? null;
  return found;
}

/** The tsx that is installed for a file, or null. */
function installedTsx(file: string): TsxLoader | null {
  const manifest = resolveFrom(file, 'tsx/package.json');
  return manifest === null ? null : tsxIn(dirname(manifest));
}

/**
 * Whether jest or vitest runs the program. Both rewrite modules in their own way, which does not reach pool members.
 */
export function isTestRunner(): boolean {
  return 'JEST_WORKER_ID' in process.env || 'VITEST' in process.env;
}

/**
 * The loader that a module needs although the program was not started with a loader: because a test runner has
 * rewritten the module, or the command line loads it.
 */
export function loaderFor(module: string): TsxLoader | null {
  if (!isTypeScript(module)) return null;
  const isNative = Boolean((process.features as { typescript?: unknown }).typescript);
  if (isNative && !isTestRunner()) return null;
  return installedTsx(stringStartsWith(module, 'file:') ? fileURLToPath(module) : module);
}

const TYPESCRIPT = pattern(/\.[cm]?tsx?($|\?)/);
const FLAG = pattern(/^--?[\w-]+=/);

export function isTypeScript(module: string): boolean {
  return TYPESCRIPT.test(module);
}

/** Finds tsx in flags: `--import tsx`, or the files of the package that the command `tsx` itself passes. */
function tsxOf(flags: readonly string[]): TsxLoader | null {
  const names = arrayMap(flags, (flag) => arrayJoin(stringSplit(stringReplace(flag, FLAG, ''), '\\'), '/'));
  const file = arrayFind(names, (name) => stringIncludes(name, '/node_modules/tsx/dist/'));
  if (file !== undefined) {
    const path = stringStartsWith(file, 'file:') ? fileURLToPath(file) : file;
    return tsxIn(stringSlice(path, 0, stringLastIndexOf(path, '/tsx/dist/') + '/tsx'.length));
  }
  if (!arraySome(names, (name) => name === 'tsx' || stringStartsWith(name, 'tsx/'))) return null;
  return installedTsx(process.argv[1] ?? '/') ?? installedTsx(`${process.cwd()}/`);
}

/**
 * The interfaces of a tsx in a folder. `require.resolve` gives a file for CommonJS whose `register` fails on Node 20.
 */
function tsxIn(folder: string): TsxLoader {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as TsxPackage;
  const esm = hrefOf(pathToFileURL(join(folder, exports['./esm/api'].import.default)));
  return { kind: 'tsx', esm, cjs: join(folder, exports['./cjs/api'].require.default) };
}

interface TsxPackage {
  readonly exports: {
    readonly './esm/api': { readonly import: { readonly default: string } };
    readonly './cjs/api': { readonly require: { readonly default: string } };
  };
}

/** Finds ts-node, which leaves its service on `process`. */
function tsNode(): TsNodeLoader | null {
  const service = (realProcess as { [TS_NODE]?: { options: object } })[TS_NODE];
  if (service === undefined) return null;
  const module = resolveFrom(process.argv[1] ?? '/', 'ts-node') ?? resolveFrom(`${process.cwd()}/`, 'ts-node');
  if (module === null) return null;
  return { kind: 'ts-node', module, options: JSON.parse(JSON.stringify(service.options)) as object };
}

const TS_NODE: unique symbol = Symbol.for('ts-node.register.instance') as never;
