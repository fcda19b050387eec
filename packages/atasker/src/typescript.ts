import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolveFrom } from './resolve-from.ts';

/** What makes TypeScript of modules in the program; a member of a pool has to register it for itself. */
export type SourceLoader = TsxLoader | TsNodeLoader;

export interface TsxLoader {
  readonly kind: 'tsx';
  /** Its programming interface for ES modules, a `file:` URL. */
  readonly esm: string;
  /** The one for CommonJS, a path. */
  readonly cjs: string;
}

export interface TsNodeLoader {
  readonly kind: 'ts-node';
  /** A path. */
  readonly module: string;
  readonly options: object;
}

let found: SourceLoader | null | undefined;

/** The loader that the program was started with, or null. Looked for once. */
export function programLoader(): SourceLoader | null {
  found ??= tsNode() ?? tsxOf(process.execArgv) ?? tsxOf((process.env['NODE_OPTIONS'] ?? '').split(/\s+/)) ?? null;
  return found;
}

/** The tsx that is installed where a file lies, or null. */
function installedTsx(file: string): TsxLoader | null {
  const manifest = resolveFrom(file, 'tsx/package.json');
  return manifest === null ? null : tsxIn(dirname(manifest));
}

/** Whether jest or vitest runs the program: they rewrite modules on their own way, which ends in their own threads. */
export function isTestRunner(): boolean {
  return 'JEST_WORKER_ID' in process.env || 'VITEST' in process.env;
}

/**
 * The loader that a module needs although the program was not started with one: a test runner has
 * rewritten it, or the command line loads it.
 */
export function loaderFor(module: string): TsxLoader | null {
  if (!isTypeScript(module)) return null;
  const isNative = Boolean((process.features as { typescript?: unknown }).typescript);
  if (isNative && !isTestRunner()) return null;
  return installedTsx(module.startsWith('file:') ? fileURLToPath(module) : module);
}

export function isTypeScript(module: string): boolean {
  return /\.[cm]?tsx?($|\?)/.test(module);
}

/** `--import tsx`, or the files of the package that its own command names. */
function tsxOf(flags: readonly string[]): TsxLoader | null {
  const names = flags.map((flag) => flag.replace(/^--?[\w-]+=/, '').replaceAll('\\', '/'));
  const file = names.find((name) => /\/node_modules\/tsx\/dist\//.test(name));
  if (file !== undefined) {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    return tsxIn(path.slice(0, path.lastIndexOf('/tsx/dist/') + '/tsx'.length));
  }
  if (!names.some((name) => /^tsx(\/|$)/.test(name))) return null;
  return installedTsx(process.argv[1] ?? '/') ?? installedTsx(`${process.cwd()}/`);
}

/** Not by `require.resolve`, which gives a file for CommonJS whose `register` fails on Node 20. */
function tsxIn(folder: string): TsxLoader {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as TsxPackage;
  const esm = pathToFileURL(join(folder, exports['./esm/api'].import.default)).href;
  return { kind: 'tsx', esm, cjs: join(folder, exports['./cjs/api'].require.default) };
}

interface TsxPackage {
  readonly exports: {
    readonly './esm/api': { readonly import: { readonly default: string } };
    readonly './cjs/api': { readonly require: { readonly default: string } };
  };
}

/** ts-node leaves its service on `process`. */
function tsNode(): TsNodeLoader | null {
  const service = (process as { [TS_NODE]?: { options: object } })[TS_NODE];
  if (service === undefined) return null;
  const module = resolveFrom(process.argv[1] ?? '/', 'ts-node') ?? resolveFrom(`${process.cwd()}/`, 'ts-node');
  if (module === null) return null;
  return { kind: 'ts-node', module, options: JSON.parse(JSON.stringify(service.options)) as object };
}

const TS_NODE = Symbol.for('ts-node.register.instance');
