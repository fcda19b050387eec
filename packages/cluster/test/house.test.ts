import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Which folders of src each folder may import from, types included; the files beside the folders may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  store: ['common'],
  testing: ['store'],
  link: ['store', 'common'],
  submit: ['link', 'store', 'common'],
  node: ['link', 'store', 'common'],
  cli: [],
};

const folderOf = (file: string): string => (file.includes('/') ? file.split('/')[0]! : '');

describe('the folders of src', () => {
  const files = globSync('**/*.ts', { cwd: source });
  const arrows = files.flatMap((from) => {
    const targets = readFileSync(source + from, 'utf8').matchAll(/(?:from |import\()'(?<target>\.[^']+)'/g);
    return [...targets].map(({ groups }) => ({
      from,
      to: relative(source, resolve(source, dirname(from), groups!['target']!)),
    }));
  });
  const between = arrows.filter(({ from, to }) => folderOf(from) !== '' && folderOf(from) !== folderOf(to));

  test('import only what is below them', () => {
    assert.ok(arrows.length > 80, `only ${arrows.length} imports found`);
    assert.deepEqual(
      between.filter(({ from, to }) => !MAY_IMPORT[folderOf(from)]?.includes(folderOf(to))),
      [],
    );
  });

  test('are those of the rules, and no rule names one that nothing uses', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
    assert.deepEqual([...folders].toSorted(), Object.keys(MAY_IMPORT).toSorted());
    const used = new Set(between.map(({ from, to }) => `${folderOf(from)} → ${folderOf(to)}`));
    const named = Object.entries(MAY_IMPORT).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`));
    assert.deepEqual(
      named.filter((arrow) => !used.has(arrow)),
      [],
    );
  });

  test('of the core are reached by its public entries only', () => {
    const wrong = files.filter((file) =>
      /from 'atasker\/(?!remote'|testing')/.test(readFileSync(source + file, 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });
});
