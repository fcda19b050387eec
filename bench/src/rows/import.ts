/** A program that only imports a library, compared with one that imports an empty module: the time, and the open handles. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from '../contenders/index.ts';
import type { Count, Row } from './row.ts';
import { atMost } from './target.ts';

const PAIRS: Count = { full: 9, quick: 3, tiny: 1 };

const EMPTY = new URL('../threads/empty-module.js', import.meta.url).href;

const here = fileURLToPath(new URL('.', import.meta.url));

export const importTime: Row = {
  title: () => 'import, over an empty module',
  metrics: [
    { name: 'time', unit: 'ms' },
    { name: 'left open', unit: 'handles' },
  ],
  contenders: PACKAGES,
  base: 'piscina',
  targets: [atMost(10, 'time'), atMost(0, 'left open')],
  async measure(name, scale) {
    const pairs = Array.from({ length: PAIRS[scale] }, () => ({ own: run(name), empty: run(EMPTY) }));
    /** What is above the least is of the machine, not of the program. */
    const least = (side: 'own' | 'empty', key: keyof Run): number => Math.min(...pairs.map((pair) => pair[side][key]));
    const over = (key: keyof Run): number => least('own', key) - least('empty', key);
    return { values: [over('ms'), over('handles')], note: null };
  },
};

interface Run {
  /** From the start of the process. */
  readonly ms: number;
  readonly handles: number;
}

function run(specifier: string): Run {
  const code = `import ${JSON.stringify(specifier)};
    const ms = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const handles = process.getActiveResourcesInfo().length;
    process.stdout.write(JSON.stringify({ ms, handles }));
    process.exit();`;
  const args = ['--input-type=module', '--eval', code];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: here, encoding: 'utf8' })) as Run;
}
