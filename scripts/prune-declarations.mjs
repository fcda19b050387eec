// tsc writes a declaration for every source file; a user's compiler reads only those that
// an entry reaches. The rest are internals and are not shipped.

import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Deletes every `.d.ts` below `folder` that none of `entries` reaches. */
export async function pruneDeclarations(folder, entries) {
  const reached = new Set();
  for (const entry of entries) await reach(resolve(entry), reached);
  for (const file of await readdir(folder, { recursive: true })) {
    const path = resolve(folder, file);
    if (path.endsWith('.d.ts') && !reached.has(path)) await rm(path);
  }
}

async function reach(file, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  for (const specifier of relativeImports(await readFile(file, 'utf8'))) {
    await reach(resolve(dirname(file), specifier.replace(/\.(js|ts)$/, '.d.ts')), reached);
  }
}

/** Finds `from './x.js'`, `import './x.js'` and `import('./x.js')`. */
function relativeImports(code) {
  return Array.from(code.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g), ([, path]) => path);
}
