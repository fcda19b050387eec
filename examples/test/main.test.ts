import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'atasker-examples-'));
after(() => rmSync(folder, { recursive: true }));

/** Makes a tree of files of known sizes; the one named big.bin takes by far the longest. */
function makeTree(): { root: string; files: number; bytes: number } {
  const root = join(folder, 'tree');
  const sizes = {
    'a.txt': 10,
    'b/c.txt': 2_000,
    'b/d/e.txt': 0,
    'b/d/big.bin': 20_000_000,
    'f/g.txt': 333,
    'f/h.txt': 1,
  };
  for (const [path, size] of Object.entries(sizes)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), Buffer.alloc(size, 'x y\n'));
  }
  writeFileSync(join(folder, 'outside.txt'), 'outside');
  symlinkSync(join(folder, 'outside.txt'), join(root, 'link.txt'));
  symlinkSync(root, join(root, 'loop'));
  const all = Object.values(sizes);
  return { root, files: all.length, bytes: all.reduce((sum, size) => sum + size, 0) };
}

describe('npm start', () => {
  const { root, files, bytes } = makeTree();

  test('ends with a table of what it has found below the folder, links not followed', async () => {
    const { stdout, stderr, code } = await run('main', ['tree'], { env: { INIT_CWD: folder } });
    assert.deepEqual([stderr, code], ['', 0]);
    const row = (name: string): string => new RegExp(`^${name} +(.+)$`, 'm').exec(stdout)?.[1] ?? 'missing';
    assert.equal(row('files'), String(files));
    assert.equal(row('bytes'), bytes.toLocaleString('en-US'));
    assert.equal(row('failures'), '0');
    assert.match(row('rate'), /^[\d,]+ files\/s, [\d,.]+ MB\/s$/);
    const slowest = /slowest files.*\n((?: +[\d,.]+ {2}.+\n)+)/.exec(stdout)![1]!.trimEnd().split('\n');
    assert.equal(slowest.length, 5);
    assert.match(slowest[0]!, /b\/d\/big\.bin$/);
    const times = slowest.map((line) => Number(line.trim().split(/ +/)[0]!.replace(',', '')));
    assert.deepEqual(
      times,
      times.toSorted((one, other) => other - one),
    );
    for (const name of ['low', 'high']) {
      const [tasks, p50, p99] = row(name).trim().split(/ +/).map(Number);
      if (name === 'low') assert.equal(tasks, files);
      else assert.ok(tasks! >= 1);
      assert.ok(p50! > 0 && p50! <= p99!, row(name));
    }
    const seconds = Number(row('seconds'));
    const rate = Number(/([\d,.]+) MB/.exec(row('rate'))![1]!.replace(',', ''));
    assert.ok(Math.abs(rate * seconds - bytes / 1e6) <= 0.05 * (seconds + rate) + 0.01, `${rate} × ${seconds}`);
  });

  test('counts a file that cannot be read as a failure, names it, and goes on', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    writeFileSync(join(mixed, 'good.txt'), 'good');
    writeFileSync(join(mixed, 'huge.bin'), '');
    truncateSync(join(mixed, 'huge.bin'), 5 * 2 ** 30); // takes no room on the disk, and is too large to be read whole
    const { stdout, code } = await run('main', [mixed]);
    assert.equal(code, 0);
    assert.match(stdout, /^files +1\nbytes +4\n/);
    assert.match(stdout, /^failures +1\n  huge\.bin: .*2 GiB/m);
  });

  test('refuses what is not a folder', async () => {
    const { stdout, stderr, code } = await run('main', [join(root, 'a.txt')]);
    assert.match(stderr, /a\.txt is not a folder; npm start -- FOLDER/);
    assert.deepEqual([stdout, code], ['', 2]);
  });
});
