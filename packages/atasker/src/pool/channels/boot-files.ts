import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringStartsWith } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Map } from '../../platform/primordials.ts';
import { PROCESS_TEXT } from './boot/texts/process.ts';
import { THREAD_TEXT } from './boot/texts/thread.ts';

/** What a member boots from where there is no file: it is evaluated. */
export const BOOT_TEXTS = { thread: `${THREAD_TEXT}();`, process: `${PROCESS_TEXT}();` } as const;

const FILE_TEXTS = { thread: THREAD_TEXT, process: PROCESS_TEXT } as const;

export interface BootFiles {
  /** Is preloaded ahead of all modules of the user. */
  readonly preload: string;
  readonly main: string;
}

const found = new Map<string, BootFiles | null>();

/**
 * The files that members boot from, beside the file of the library. In a bundle of the user's there are none:
 * null. Deno and Bun do not preload modules in a thread, nor CommonJS ones in a process.
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

/** Undefined if they cannot be read now: the program has no descriptors left. */
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
