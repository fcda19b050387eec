/** A packed version of atasker, installed beside a copy of the bench in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Side {
  /** The program that measures once with this version. */
  readonly child: string;
  /** How large the package is, unpacked. */
  readonly bytes: number;
  remove(): void;
}

const BENCH = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Installs a packed version. @throws if the file holds another package, or cannot be installed */
export function installSide(tarball: string): Side {
  const bytes = unpackedBytes(tarball);
  const folder = mkdtempSync(join(tmpdir(), 'atasker-bench-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', resolve(tarball)], folder);
  cpSync(BENCH, join(folder, 'src'), { recursive: true });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { child: join(folder, 'src', 'child.js'), bytes, remove };
}

/** Packs the version of this checkout, which must be built, into that folder; gives the file. */
export function packHere(folder: string): string {
  return join(folder, pack(['--workspace', 'atasker', '--pack-destination', folder], ROOT).filename);
}

function unpackedBytes(tarball: string): number {
  const { name, unpackedSize } = pack(['--dry-run', resolve(tarball)], tmpdir());
  if (name !== 'atasker') throw new Error(`${tarball} holds ${name}, not atasker`);
  return unpackedSize;
}

/** What npm says of a package. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly unpackedSize: number;
}

function pack(args: readonly string[], cwd: string): Packed {
  const [packed] = JSON.parse(npm(['pack', '--json', ...args], cwd)) as [Packed];
  return packed;
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
