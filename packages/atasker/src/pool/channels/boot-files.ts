import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringStartsWith } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Map } from '../../platform/primordials.ts';
import { PROCESS_TEXT } from './boot/texts/process.ts';
import { THREAD_TEXT } from './boot/texts/thread.ts';

/** The code that a member evaluates to boot where there is no boot file. */
export const BOOT_TEXTS = { thread: `${THREAD_TEXT}();`, process: `${PROCESS_TEXT}();` } as const;

const FILE_TEXTS = { thread: THREAD_TEXT, process: PROCESS_TEXT } as const;

export interface BootFiles {
  /** The file that is preloaded ahead of all modules of the user. */
  readonly preload: string;
  readonly main: string;
}

const found = new Map<string, BootFiles | null>();

/**
 * The files that members boot from, which stand beside the file of the library. Null in a bundle of the user, which has
 * no such files, and in Deno and Bun, which preload no modules in a thread, and no CommonJS modules in a process.
 */
export function bootFiles(kind: 'thread' | 'process', library: string): BootFiles | null {
  if ('bun' in process.versions || 'deno' in process.versions) return null;
  const key = `${kind} ${library}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const files = find(kind, library);
  if (files !== undefined) found.set(key, files);
  return files ?? null;
}

/**
 * Undefined if the files cannot be read now because the program has no descriptors left. Null if they are not there, or
 * are not those of this library.
 */
function find(kind: 'thread' | 'process', library: string): BootFiles | null | undefined {
  try {
    const folder = join(dirname(stringStartsWith(library, 'file:') ? fileURLToPath(library) : library), 'boot');
    const preload = join(folder, `${kind}.cjs`);
    const isOurs = readFileSync(preload, 'utf8') === `module.exports.begin = ${FILE_TEXTS[kind]};\n`;
    return isOurs ? { preload, main: join(folder, 'main.cjs') } : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EMFILE' ? undefined : null;
  }
}
