import nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import type { SourceLoader } from '../../../modules/typescript.ts';
import type { Preload } from '../role.ts';

const { createRequire } = nodeModule;
const toFileUrl = pathToFileURL;
const importsAll = 'VITEST' in process.env || 'bun' in process.versions || 'deno' in process.versions;

/**
 * Imports or requires a module. The form of the address tells which: a `file:` URL is imported, a path is required.
 * Test runners, Bun and Deno name ES modules by paths too, so there every module is imported. The function is a part of
 * the boot text, because no bundler of the user rewrites that text.
 */
export async function loadModule(module: string): Promise<unknown> {
  if (module.startsWith('file:')) return import(module);
  if (importsAll) return import(toFileUrl(module).href);
  try {
    return createRequire(module)(module);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(toFileUrl(module).href);
  }
}

/** Loads the modules in this order. Each module is found as Node.js finds the modules that its flags name. */
export async function loadAhead(modules: readonly Preload[]): Promise<void> {
  const requireHere = createRequire(toFileUrl(`${process.cwd()}/`));
  for (const { module, isRequired } of modules) {
    if (isRequired) requireHere(module);
    else await import(/^[a-z][a-z\d+.-]+:/i.test(module) ? module : toFileUrl(requireHere.resolve(module)).href);
  }
}

/** Lets this thread load TypeScript. */
export async function useLoader(loader: SourceLoader): Promise<void> {
  if (loader.kind === 'ts-node') {
    const hasIt = (process as unknown as Record<symbol, unknown>)[Symbol.for('ts-node.register.instance')];
    if (!hasIt) (createRequire(loader.module)(loader.module) as Registers).register(loader.options);
    return;
  }
  ((await import(loader.esm)) as Registers).register();
  (createRequire(loader.cjs)(loader.cjs) as Registers).register();
}

interface Registers {
  register(options?: object): void;
}
