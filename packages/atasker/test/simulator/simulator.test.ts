import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EARLIER_FAULTS, OTHER_FAULTS, type Fault } from './faults.ts';

const built = fileURLToPath(new URL('../..', import.meta.url));
const packages = fileURLToPath(new URL('../../../../../node_modules', import.meta.url));

/** Runs the simulator of this build, or of a copy of it; gives what it prints and its exit code. */
function simulator(folder: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const program = [join(folder, 'test/simulator/main.js'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, program, { timeout: 300_000 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout }),
    );
  });
}

test('no rule is broken in programs with fresh seeds', async () => {
  const { code, stdout } = await simulator(built, ['--programs', '40', '--seconds', '280']);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^seeds from \d+\n[\d,]+ programs, [\d,]+ steps, no rule broken\n$/);
});

/** Seeds that broke a rule once, and what was wrong then. */
const FAILED_ONCE = {
  'a thread that skips many withdrawn tasks was taken for one that stands still':
    '--seed 1495527323 --members thread --transport shared --only 23,25 --schedule 3',
  'a process whose prefetched task had its turn was taken for one that a suspended task holds':
    '--seed 485625132 --members process --transport shared',
  'a prefetched task that began unheard and waited for its child got the slot of the task before it':
    '--seed 877357003 --members process --transport shared',
};

for (const [what, args] of Object.entries(FAILED_ONCE)) {
  test(`a seed that failed once: ${what}`, async () => {
    const { code, stdout } = await simulator(built, args.split(' '));
    assert.equal(code, 0, stdout);
  });
}

test('a seed gives the same steps again', async () => {
  const args = ['--seed', '7'];
  assert.deepEqual(await simulator(built, args), await simulator(built, args));
});

test('a failure is shown with fewer deeds, which break the same rule again', async () => {
  const fault = OTHER_FAULTS[2]!;
  await withFault(fault, async (folder, search) => {
    const { stdout } = await search();
    const [all, fewer] = stdout.split('The same rule with ');
    assert.match(fewer!, /^\d+ of \d+ deeds:/);
    const [fewest, most] = /^(\d+) of (\d+)/.exec(fewer!)!.slice(1).map(Number);
    assert.ok(fewest! < most!, stdout);
    for (const part of [all!, fewer!]) {
      const [, args] = /npm run simulate -- (.*)/.exec(part)!;
      const again = await simulator(folder, args!.split(' '));
      assert.equal(again.code, 1);
      assert.match(again.stdout, fault.found);
    }
  });
});

describe('the simulator finds', () => {
  for (const fault of [...EARLIER_FAULTS, ...OTHER_FAULTS]) {
    test(fault.title, async () => {
      await withFault(fault, async (_, search) => {
        const { code, stdout } = await search();
        assert.equal(code, 1, stdout);
        assert.match(stdout, fault.found);
      });
    });
  }
});

/** Puts a fault into a copy of the built library for as long as `body` takes. */
async function withFault(
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
