import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

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

test('a seed gives the same steps again', async () => {
  const args = ['--seed', '12345'];
  assert.deepEqual(await simulator(built, args), await simulator(built, args));
});

/**
 * Faults of earlier versions, put back into a copy of the library: each replaces texts in built files. `where` is where a
 * search finds it soon; should other programs follow from these seeds one day, the search just takes longer.
 */
const FAULTS = [
  {
    title: 'a member that is given up while it is being ended',
    edits: [
      [
        'src/pool/member/member.js',
        'giveUp() {\n        if (this.#state',
        'giveUp() {\n        if (false && this.#state',
      ],
    ],
    where: ['--members', 'process', '--first', '100'],
    found: /no way from state retiring to retiring/,
  },
  {
    title: 'an idle thread that cannot be retired, whose alarm rings again and again without end',
    edits: [
      ['src/pool/upkeep/idle-watch.js', 'oldest.rests(now);', ''],
      ['src/common/clock.js', 'alarm.value();', 'alarm.value(); this.#takeDue();'],
    ],
    where: ['--first', '1'],
    found: /one step does not end/,
  },
  {
    title: 'threads that take less urgent tasks while more urgent ones wait behind a full ring',
    edits: [['src/core/admission.js', 'this.#offer?.holdBack?.(this.#backlog.occupied);', '']],
    where: ['--first', '1'],
    found: /is taken while .* waits/,
  },
  {
    title: 'a pool that exceeds maxSize for a task that was given back, as if it were a child',
    edits: [['src/core/admission.js', 'if (isChild)', 'if (isChild || true)']],
    where: ['--members', 'process', '--first', '375'],
    found: /members live, and maxSize is/,
  },
  {
    title: 'a lost task that does not say when it began',
    edits: [
      [
        'src/pool/conversations/run/pool-end.js',
        'const startedAt = this.#assignments.startOf?.(assignment) ?? null;',
        'const startedAt = null;',
      ],
    ],
    where: ['--first', '1'],
    found: /began at \d+, and its timeStarted is null/,
  },
] as const;

describe('the simulator finds', () => {
  for (const { title, edits, where, found } of FAULTS) {
    test(title, async () => {
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
        const { code, stdout } = await simulator(folder, [...where, '--programs', '2000', '--seconds', '280']);
        assert.equal(code, 1, stdout);
        assert.match(stdout, found);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
