import type * as atasker from 'atasker';
import type { TaskFunction } from 'atasker';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isTypeScript, loaderFor, type TsxLoader } from '../modules/typescript.ts';
import { messageOf, UsageError } from './usage.ts';

type Library = typeof atasker;

/** A task function that a file exports, and the copy of the library that it belongs to. */
export interface Found {
  readonly taskFunction: TaskFunction;
  readonly library: Library;
}

/**
 * Loads `tasks.js#hash`.
 *
 * @throws UsageError that lists the task functions of the file if this is none of them.
 */
export async function findTaskFunction(address: string): Promise<Found> {
  const hash = address.lastIndexOf('#');
  const [file, name] = hash === -1 ? [address, ''] : [address.slice(0, hash), address.slice(hash + 1)];
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`there is no file ${file}; name it as in tasks.js#hash`);
  const exported = await exportsOf(path, file);
  const found = exported.get(name);
  if (!isTaskFunction(found)) throw new UsageError(`${explain(file, name, found)}; ${choice(file, exported)}`);
  return { taskFunction: found, library: await libraryOf(path) };
}

/** What a module exports by name; of a CommonJS module also what Node.js sees only in `module.exports`. */
async function exportsOf(path: string, file: string): Promise<Map<string, unknown>> {
  const namespace = await load(path, file);
  const fallback = namespace['default'];
  const more = typeof fallback === 'object' && fallback !== null ? fallback : {};
  return new Map(Object.entries({ ...more, ...namespace }));
}

async function load(path: string, file: string): Promise<Record<string, unknown>> {
  const loader = loaderFor(path);
  try {
    if (loader !== null) await useLoader(loader);
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const needsLoader = (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION' && isTypeScript(file);
    const hint = needsLoader ? 'TypeScript needs Node 22.18 or later, or tsx: npm i -D tsx' : `node ${file} says where`;
    throw new UsageError(`${file} cannot be loaded: ${messageOf(error)} (${hint})`, { cause: error });
  }
}

/** As a pool thread does (role.ts), which finds the loader in the same way. */
async function useLoader({ esm, cjs }: TsxLoader): Promise<void> {
  ((await import(esm)) as Registers).register();
  (createRequire(cjs)(cjs) as Registers).register();
}

interface Registers {
  register(): void;
}

/** The copy that the file imports: another than this one if the command line is installed globally. */
async function libraryOf(path: string): Promise<Library> {
  let own: string;
  try {
    own = createRequire(path).resolve('atasker');
  } catch {
    return import('atasker'); // a bundle with the library inside
  }
  return (await import(pathToFileURL(own).href)) as Library;
}

/** By its form, for it may come from another copy of the library. */
function isTaskFunction(value: unknown): value is TaskFunction {
  if (typeof value !== 'function') return false;
  const { fn, taskName, map } = value as Partial<TaskFunction>;
  return typeof fn === 'function' && typeof taskName === 'string' && typeof map === 'function';
}

function explain(file: string, name: string, found: unknown): string {
  if (name === '') return 'name a task function';
  if (typeof found === 'function') {
    return `${name} in ${file} is a plain function, wrap it: export const ${name}Task = backgroundTask(${name})`;
  }
  return found === undefined ? `${file} does not export ${name}` : `${name} in ${file} is not a function`;
}

function choice(file: string, exported: Map<string, unknown>): string {
  const names = [...exported].filter(([, value]) => isTaskFunction(value)).map(([name]) => `${file}#${name}`);
  if (names.length > 0) return `task functions are ${names.join(', ')}`;
  return `${file} exports no task function: export const hash = backgroundTask(…)`;
}
