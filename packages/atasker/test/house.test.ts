import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { globSync } from 'tinyglobby';
import { fixtures, packageFolder, runNode } from './support/program.ts';

const source = `${packageFolder}src/`;

/** Which folders of src each folder may import from, types included; itself and `platform` always. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  core: [],
  common: ['core'],
  modules: ['common'],
  task: ['modules', 'common', 'core'],
  locals: ['modules', 'common'],
  wire: ['task', 'common'],
  define: ['task', 'modules', 'common', 'core'],
  executors: ['wire', 'task', 'common', 'core'],
  services: ['define', 'task', 'common', 'core'],
  collections: ['define', 'task', 'common', 'core'],
  locks: ['define', 'task', 'common', 'core'],
  pool: ['executors', 'wire', 'define', 'locals', 'task', 'modules', 'common', 'core'],
  supervisor: ['pool', 'executors', 'services', 'define', 'wire', 'task', 'modules', 'common', 'core'],
  cli: ['modules/typescript.ts'],
  testing: ['task/inline-mode.ts', 'common/check.ts'],
};

/** The same rules inside the large folders: which folders and files of the large folder each folder in it may import. */
const MAY_IMPORT_INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  pool: {
    frames: [],
    channels: ['frames'],
    'run-queue': [],
    conversations: ['channels', 'frames'],
    member: ['conversations', 'channels', 'frames'],
    upkeep: ['member', 'channels'],
    dispatch: ['member', 'conversations', 'channels', 'run-queue'],
    thread: ['conversations', 'channels', 'frames', 'run-queue'],
  },
  services: {
    workers: ['service.ts', 'time-limit.ts'],
    jobs: ['service.ts', 'time-limit.ts'],
  },
  supervisor: {
    reports: [],
    pools: [],
    life: ['pools', 'reports'],
    owned: ['life', 'pools', 'reports'],
  },
};

interface Arrow {
  readonly from: string;
  readonly to: string;
}

function arrows(): Arrow[] {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.includes('texts/'));
  return files.flatMap((from) => {
    const text = readFileSync(source + from, 'utf8');
    const targets = text.matchAll(/(?:from |import\(|^import )'(?<target>\.[^']+)'/gm);
    return [...targets].map(({ groups }) => {
      const to = relative(source, resolve(source, dirname(from), groups!['target']!));
      return { from, to };
    });
  });
}

const folderOf = (file: string): string => (file.includes('/') ? file.split('/')[0]! : '');

describe('the folders of src', () => {
  const all = arrows();

  test('import only what is below them', () => {
    assert.ok(all.length > 1000, `only ${all.length} imports found`);
    const wrong = all.filter(({ from, to }) => {
      const [folder, target] = [folderOf(from), folderOf(to)];
      if (folder === '' || folder === target || target === 'platform') return false; // index.ts may import everything
      return !MAY_IMPORT[folder]!.includes(target) && !MAY_IMPORT[folder]!.includes(to);
    });
    assert.deepEqual(wrong, []);
  });

  for (const [folder, rules] of Object.entries(MAY_IMPORT_INSIDE)) {
    test(`inside of ${folder} import only what is below them`, () => {
      const inside = all
        .filter(({ from, to }) => folderOf(from) === folder && folderOf(to) === folder)
        .map(({ from, to }) => ({ from: from.slice(folder.length + 1), to: to.slice(folder.length + 1) }));
      const wrong = inside.filter(({ from, to }) => {
        const [room, target] = [folderOf(from), folderOf(to)];
        return room !== '' && room !== target && !rules[room]!.includes(target) && !rules[room]!.includes(to);
      });
      assert.deepEqual(wrong, []);
    });
  }

  test('are those of the rules, and no rule names one that nothing uses', () => {
    const folders = new Set(all.map(({ from }) => folderOf(from)).filter((folder) => folder !== ''));
    assert.deepEqual([...folders].toSorted(), Object.keys(MAY_IMPORT).toSorted());
    const unused = Object.entries(MAY_IMPORT).flatMap(([folder, targets]) =>
      targets
        .filter(
          (target) =>
            !all.some(({ from, to }) => folderOf(from) === folder && (folderOf(to) === target || to === target)),
        )
        .map((target) => `${folder} → ${target}`),
    );
    assert.deepEqual(unused, []);
  });
});

/** How many files and functions of the library may run in the program for one warm call. ARCHITECTURE.md has the figures. */
const BOUNDS = [
  { tt: 'thread', files: 56, functions: 265 },
  { tt: 'process', files: 59, functions: 260 },
  { tt: 'async', files: 33, functions: 132 },
] as const;

describe('one warm call runs through', () => {
  for (const { tt, files, functions } of BOUNDS) {
    test(`at most ${files} files and ${functions} functions (${tt})`, async () => {
      const { stdout, stderr } = await runNode([`${fixtures}house/one-call.mjs`, tt]);
      const counts = JSON.parse(stdout || 'null') as { files: number; functions: number } | null;
      assert.ok(counts !== null && counts.files > 10 && counts.functions > 50, stderr);
      assert.ok(counts.files <= files && counts.functions <= functions, stdout);
    });
  }
});
