import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fileFacts, gzipSize, lineCount, sha256, wordCount } from '../src/file-tasks.ts';

const folder = mkdtempSync(join(tmpdir(), 'atasker-examples-'));
after(() => rmSync(folder, { recursive: true }));

test('each task and fileFacts say the same of a file', async () => {
  const contents: Record<string, { text: string; lines: number; words: number }> = {
    empty: { text: '', lines: 0, words: 0 },
    blank: { text: ' \n\t\n', lines: 2, words: 0 },
    open: { text: 'one two\nthree', lines: 2, words: 3 },
    closed: { text: '  eins zwei\r\ndrei\n', lines: 2, words: 3 },
  };
  for (const [name, { text, lines, words }] of Object.entries(contents)) {
    const path = join(folder, name);
    writeFileSync(path, text);
    const expected = {
      sha256: createHash('sha256').update(text).digest('hex'),
      gzipSize: gzipSync(text).length,
      bytes: text.length,
      lines,
      words,
    };
    assert.deepEqual(await fileFacts(path), expected);
    const parts = await Promise.all([sha256(path), gzipSize(path), lineCount(path), wordCount(path)]);
    assert.deepEqual(parts, [expected.sha256, expected.gzipSize, lines, words]);
  }
});
