// Builds the package in the working directory.
//   dist/   what is shipped: one JavaScript file per entry, its declarations, and the licenses of what is bundled.
//           Dependencies are not; the small packages of every import are, as each would cost a thread some milliseconds
//   dist/boot/   what members of a pool start from (boot-texts.mjs)
//   build/  src and test, file by file with source maps, for the tests
// Arguments are the entries: node build-package.mjs index=src/index.ts cli=src/cli/main.ts

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { addCommonJsDeclarations } from './common-js-declarations.mjs';
import { bootTexts } from './boot-texts.mjs';
import { keepBuiltins } from './keep-builtins.mjs';
import { pruneDeclarations } from './prune-declarations.mjs';
import { addressFields, PUBLIC_ADDRESS } from './public-address.mjs';
import { shipDocuments, shipReadme } from './ship-documents.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const folder = relative(root, process.cwd());
const manifest = JSON.parse(await readFile('package.json', 'utf8'));
const outside = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const entryPoints = Object.fromEntries(process.argv.slice(2).map((entry) => entry.split('=')));

await rm('dist', { recursive: true, force: true });
await rm('build', { recursive: true, force: true });

const bootFiles = existsSync('src/pool') ? await bootTexts('src/pool/channels/boot') : {};

const { metafile } = await build({
  entryPoints,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: [manifest.name, ...outside],
  metafile: true,
  logLevel: 'warning',
});
for (const file of Object.keys(metafile.outputs)) await writeFile(file, keepBuiltins(await readFile(file, 'utf8')));
await writeFile('dist/licenses.txt', await licenses(metafile));
compile('tsconfig.dist.json');
await pruneDeclarations('dist', typesOf(manifest.exports));
await addCommonJsDeclarations('dist');
compile('tsconfig.json'); // after dist, because `atasker` means the shipped package here

await writeBootFiles('dist/boot');
await writeBootFiles('build/src/modules/boot');
await makeBinsExecutable();
await copyFile(join(root, 'LICENSE'), 'LICENSE');
// The documents of the repository are those of the core; the README of the other package is its page.
if (manifest.name === 'atasker') await shipDocuments({ root, folder, address: PUBLIC_ADDRESS });
if (manifest.name === '@atasker/cluster')
  await shipReadme({ root, folder, file: 'docs/cluster.md', address: PUBLIC_ADDRESS });
await nameAddress();

function compile(project) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

async function writeBootFiles(target) {
  for (const [name, text] of Object.entries(bootFiles)) {
    await mkdir(target, { recursive: true });
    await writeFile(join(target, name), text);
  }
}

/** Of the packages that are bundled. */
async function licenses({ inputs }) {
  const folders = Object.keys(inputs).map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const texts = [...new Set(folders)].filter(Boolean).map(async (path) => {
    const file = (await readdir(path)).find((name) => /^licen[cs]e/i.test(name));
    return `${basename(path)}\n\n${await readFile(join(path, file), 'utf8')}`;
  });
  return (await Promise.all(texts)).join('\n\n');
}

/** The declarations that the exports of a package name. */
function typesOf(exports) {
  return Object.values(exports).flatMap(({ types }) => types?.default ?? []);
}

/** Fills in the fields of package.json that name the public address, once there is one. */
async function nameAddress() {
  const named = { ...manifest, ...addressFields(PUBLIC_ADDRESS, folder) };
  if (JSON.stringify(named) !== JSON.stringify(manifest)) {
    await writeFile('package.json', `${JSON.stringify(named, null, 2)}\n`);
  }
}

async function makeBinsExecutable() {
  for (const file of Object.values(manifest.bin ?? {})) await chmod(file, 0o755);
}
