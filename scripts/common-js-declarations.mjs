// For TypeScript with `"module": "node16"` a CommonJS file may not import an ES module, though Node.js can. So each
// declaration is there twice, and the second one says that it is CommonJS: index.d.cts beside index.d.ts.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a `.d.cts` beside each `.d.ts` below `folder`. */
export async function addCommonJsDeclarations(folder) {
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue;
    const code = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file.replace(/ts$/, 'cts')), code.replaceAll(RELATIVE, '$1.cjs$2'));
  }
}

/** `from './x.ts'`, `import('./x.js')`: the specifier without its extension, and the quote after it. */
const RELATIVE = /(\b(?:from|import)\s*\(?\s*["']\.[^"']+)\.(?:js|ts)(["'])/g;
