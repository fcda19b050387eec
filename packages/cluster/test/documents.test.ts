import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const page = readFileSync(`${root}docs/cluster.md`, 'utf8');
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

describe('docs/cluster.md', () => {
  test('names tests that exist', () => {
    const [, promises] = /## What is promised\n(.*?)\n## /s.exec(page)!;
    const names = [...promises!.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    const tests = globSync('packages/cluster/test/**/*.test.ts', { cwd: root }).map(read).join('\n');
    assert.ok(names.length > 10);
    assert.deepEqual(
      names.filter((name) => !tests.includes(`'${name}'`)),
      [],
    );
  });

  test('has every option, with its default', () => {
    const options = read('packages/cluster/src/options.ts')
      .split('export interface ClusterOptions')[1]!
      .split('\n}')[0]!;
    const declared = [
      ...options.matchAll(/(?:@defaultValue (?<value>.+?)|(?<required>Required)\.) \*\/\n|readonly (?<name>\w+)/g),
    ];
    const names = declared.flatMap(({ groups }) => groups!['name'] ?? []);
    assert.ok(names.length >= 7);
    for (const name of names) assert.match(page, new RegExp(`^\\| \`${name}\` +\\|`, 'm'), name);
  });

  test('names the metrics that there are', () => {
    const names = page.match(/`atasker_\w+`/g)!.map((name) => name.slice(1, -1));
    const source = read('packages/cluster/src/cli/metrics.ts');
    for (const name of names) assert.ok(source.includes(`'${name}'`), name);
  });
});
