import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './program.ts';

test('a killed node loses nothing', async () => {
  const { stdout, stderr, code } = await run('cluster/main');
  assert.deepEqual([stderr, code], ['', 0]);
  assert.equal(
    stdout,
    '200 tasks are accepted\n' +
      'a node is killed while it runs some of them\n' +
      '200 tasks have completed, nothing is lost\n' +
      'some ran a second time, on the other node\n',
  );
});

test('a program that is submitter and node prints the result of its task', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'atasker-examples-'));
  const { stdout, stderr, code } = await run('cluster/durable', [], { cwd });
  assert.deepEqual([stdout, stderr, code], ['cat.png, 320 pixels wide\n', '', 0]);
  rmSync(cwd, { recursive: true });
});
