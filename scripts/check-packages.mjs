// Packs each public package as npm would publish it, and checks what is in the archive.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';

const packages = globSync('packages/*/package.json')
  .filter((manifest) => !JSON.parse(readFileSync(manifest, 'utf8')).private)
  .map((manifest) => dirname(manifest));
const target = mkdtempSync(join(tmpdir(), 'packed-'));

try {
  for (const folder of packages) check(folder);
} finally {
  rmSync(target, { recursive: true });
}

function check(folder) {
  const packed = run('npm', ['pack', `./${folder}`, '--json', '--pack-destination', target]);
  const [{ filename, files, size }] = JSON.parse(packed);
  console.log(`${filename}: ${files.length} files, ${Math.ceil(size / 1024)} kB packed`);

  const archive = join(target, filename);
  run('npx', ['publint', '--strict', archive], 'inherit');
  run('npx', ['attw', archive, '--profile', 'esm-only', '--format', 'ascii'], 'inherit');
}

function run(command, args, stdout = 'pipe') {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', stdout, 'inherit'] });
}
