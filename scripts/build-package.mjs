// Builds the package in the working directory.
//   dist/   what is shipped: one bundled JavaScript file per entry, and its declarations
//   build/  src and test, file by file with source maps, for the tests
// Arguments are the entries: node build-package.mjs index=src/index.ts cli=src/cli/main.ts

import { spawnSync } from 'node:child_process';
import { chmod, copyFile, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { pruneDeclarations } from './prune-declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const manifest = JSON.parse(await readFile('package.json', 'utf8'));
const entryPoints = Object.fromEntries(process.argv.slice(2).map((entry) => entry.split('=')));

await rm('dist', { recursive: true, force: true });
await rm('build', { recursive: true, force: true });

await build({
  entryPoints,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
});
compile('tsconfig.dist.json');
await pruneDeclarations('dist', typesOf(manifest.exports));
compile('tsconfig.json'); // after dist: here `atasker` means what is shipped

await makeBinsExecutable();
await copyFile(join(root, 'LICENSE'), 'LICENSE');
await copyFile(join(root, 'README.md'), 'README.md');

function compile(project) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

/** The declarations that the exports of a package name. */
function typesOf(exports) {
  return Object.values(exports).flatMap(({ types }) => types ?? []);
}

async function makeBinsExecutable() {
  for (const file of Object.values(manifest.bin ?? {})) await chmod(file, 0o755);
}
