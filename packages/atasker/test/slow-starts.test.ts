import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runNode } from './support/program.ts';

describe('a pool that is larger than the machine, with a module that is slow to load:', () => {
  for (const [tt, size] of [
    ['thread', 8],
    ['process', 5],
  ] as const) {
    test('all tasks complete, and no more members load at once than there are processors', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'atasker-loads-'));
      const file = join(folder, 'loads');
      const { stdout, stderr } = await runNode(['pool/slow-starts.mjs', tt, `${size}`, file]);
      assert.deepEqual([stdout, stderr], [`${2 * size}\n`, '']);
      const notes = (await readFile(file, 'utf8')).trim().split('\n');
      let now = 0;
      let most = 0;
      for (const note of notes) most = Math.max(most, (now += note.startsWith('begins') ? 1 : -1));
      assert.ok(notes.length > 2, 'more than one has loaded it');
      assert.ok(most <= availableParallelism(), `${most} at once`);
      await rm(folder, { recursive: true });
    });
  }
});

test('threads load while the program is blocked, each as soon as another one has loaded', async () => {
  const { stdout, stderr } = await runNode(['pool/loads-while-blocked.mjs']);
  assert.deepEqual([stdout, stderr], ['true\n', '']);
});

for (const [tt, transport, size] of [
  ['thread', 'shared', 12],
  ['thread', 'message', 12],
  ['process', 'shared', 6],
] as const) {
  test(`as many tasks as the pool may have members wait for each other while the program is busy (${tt}, ${transport})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atasker-meet-'));
    const { stdout, stderr } = await runNode(['pool/meet-while-busy.mjs', tt, transport, String(size), folder]);
    assert.deepEqual([stdout, stderr], ['all have met\n', '']);
    await rm(folder, { recursive: true });
  });
}

for (const [tt, size] of [
  ['thread', 12],
  ['process', 6],
] as const) {
  for (const first of ['cold', 'warm', 'idle']) {
    test(`as many tasks as the pool may have members wait for each other, and their module is never evaluated to its end (${tt}, ${first})`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'atasker-meet-'));
      const { stdout, stderr } = await runNode(['pool/never-evaluated.mjs', tt, String(size), folder, first]);
      assert.deepEqual([stdout, stderr], ['all have met\n', '']);
      await rm(folder, { recursive: true });
    });
  }
}
