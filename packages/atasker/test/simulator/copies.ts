/** The simulator as its tests run it: of this build, or of a copy with a fault. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from './faults.ts';

/** The built package. */
export const built = fileURLToPath(new URL('../..', import.meta.url));
const packages = fileURLToPath(new URL('../../../../../node_modules', import.meta.url));

/** Runs the simulator of this build, or of a copy of it; gives what it prints and its exit code. */
export function simulator(folder: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const program = [join(folder, 'test/simulator/main.js'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, program, { timeout: 300_000 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout }),
    );
  });
}

/** Puts a fault into a copy of the built library for as long as `body` takes. */
export async function withFault(
  { edits, where }: Fault,
  body: (folder: string, search: () => ReturnType<typeof simulator>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-simulator-'));
  try {
    cpSync(join(built, 'src'), join(folder, 'src'), { recursive: true });
    cpSync(join(built, 'test/simulator'), join(folder, 'test/simulator'), { recursive: true });
    symlinkSync(packages, join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [file, text, instead] of edits) {
      const right = readFileSync(join(folder, file), 'utf8');
      const wrong = right.replace(text, instead);
      assert.notEqual(wrong, right, `${file} has no longer the text that the fault replaces`);
      writeFileSync(join(folder, file), wrong);
    }
    await body(folder, () => simulator(folder, [...where.split(' '), '--programs', '2000', '--seconds', '280']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
