import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from './contenders/index.ts';

/** Where the numbers come from. */
export interface Environment {
  readonly machine: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function environment(): Environment {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const system = `${process.platform} ${process.arch}`;
  return {
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${memory}, ${system}`,
    node: process.version,
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** How many threads wanted a processor during the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

/** Not every package exports its package.json: look for it above the entry file. */
function versionOf(name: string): string {
  const entry = fileURLToPath(import.meta.resolve(name));
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const description = readDescription(join(folder, 'package.json'));
    if (description?.name === name) return description.version;
  }
  throw new Error(`no package.json of ${name} above its entry file`);
}

function readDescription(file: string): { name?: string; version: string } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
