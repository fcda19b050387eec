import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockText, readBlockText, writeBlockText } from '../../../src/pool/run-queue/block-text.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { echo } from '../../tasks/basic.ts';
import { repeat } from './values.ts';

/** One letter of each kind: they take one, two or three bytes as UTF-8; half a pair has no UTF-8 at all. */
const LETTERS = ['x', 'é', 'ł', '\ud83d'];

test('a text in a block comes back as it was, and fills no more than its size', () => {
  for (const letter of LETTERS) {
    for (const text of ['', letter, `x${letter}`, letter.repeat(1_001), `${'x'.repeat(1_000)}${letter}`]) {
      for (const isJson of [false, true]) {
        const written = blockText(text, isJson);
        const memory = new Uint8Array(new SharedArrayBuffer(written.size + 10), 2, written.size + 4).fill(7);
        writeBlockText(memory, written);
        assert.deepEqual(readBlockText(memory, written.size), { text, isJson });
        assert.deepEqual([...memory.subarray(written.size)], [7, 7, 7, 7]);
      }
    }
  }
});

/** Around the room of an entry, around the sizes of blocks, and beyond them. */
const SIZES = [2_040, 2_046, 2_047, 2_048, 4_094, 4_095, 4_096, 4_097, 65_533, 65_534, 65_535, 2 ** 20, 2 ** 20 + 1];

for (const transport of ['shared', 'message'] as const) {
  test(`texts and objects of all sizes come back unchanged, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 2 }, transport }, async (supervisor) => {
      const run = echo.with({ supervisor });
      const texts = LETTERS.flatMap((letter) => SIZES.map((size) => `${'x'.repeat(size - 1)}${letter}`));
      const results = await Promise.all(texts.map((text) => run(text)));
      for (const [at, result] of results.entries()) assert.ok((result as string[])[0] === texts[at]);
      const objects = texts.map((text) => ({ parts: Array.from({ length: 10 }, () => text.slice(-400)) }));
      assert.deepEqual(
        await Promise.all(objects.map((object) => run(object))),
        objects.map((object) => [object]),
      );
    });
  });

  test(`a result that is a text may be larger than the arguments, or smaller, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 2 }, transport }, async (supervisor) => {
      const run = repeat.with({ supervisor });
      for (const letter of LETTERS) {
        for (const count of [0, 1, 2, 3, 1_000]) {
          const text = letter.repeat(3_000);
          assert.ok((await run(text, count)) === text.repeat(count));
        }
      }
    });
  });
}
