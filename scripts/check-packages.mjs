// Packs each public package as npm would publish it, and checks what is in the archive.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { globSync } from 'tinyglobby';

// The package is an ES module also for `require`, which Node.js 20.19 and later can do. attw and publint do not reckon
// with that: declarations that say CommonJS (index.d.cts), which TypeScript asks for, belong to no CommonJS file there.
const AS_MEANT = ['--ignore-rules', 'cjs-resolves-to-esm', 'false-cjs'];

const packages = globSync('packages/*/package.json')
  .filter((manifest) => !JSON.parse(readFileSync(manifest, 'utf8')).private)
  .map((manifest) => dirname(manifest));
const target = mkdtempSync(join(tmpdir(), 'packed-'));

try {
  for (const folder of packages) await check(folder);
} finally {
  rmSync(target, { recursive: true });
}

async function check(folder) {
  const packed = run('npm', ['pack', `./${folder}`, '--json', '--pack-destination', target]);
  const [{ filename, files, size }] = JSON.parse(packed);
  console.log(`${filename}: ${files.length} files, ${Math.ceil(size / 1024)} kB packed`);

  const archive = join(target, filename);
  await lint(archive);
  run('npx', ['attw', archive, ...AS_MEANT, '--format', 'ascii'], 'inherit');
}

async function lint(archive) {
  const { buffer } = new Uint8Array(readFileSync(archive));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const faults = messages.filter(({ code }) => code !== 'EXPORTS_TYPES_INVALID_FORMAT');
  for (const fault of faults) console.error(`publint: ${formatMessage(fault, pkg)}`);
  if (faults.length > 0) process.exit(1);
}

function run(command, args, stdout = 'pipe') {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', stdout, 'inherit'] });
}
