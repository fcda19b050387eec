import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ProcessStreams } from '../../../src/pool/channels/process-streams.ts';

for (const [what, printed, reason] of [
  ['nothing', '', ''],
  ['a line that names no error', '\nno such flag\nusage\n', 'no such flag'],
  ['an error at once', 'Error: no module\n    at main\n', 'Error: no module'],
  ['an error below the place of it', 'file:///main.mjs:1\n\nSyntaxError: no\n', 'file:///main.mjs:1 SyntaxError: no'],
] as const) {
  test(`the reason why a process did not start is its first line and the line of the error, if it has printed ${what}`, async () => {
    const stderr = Readable.from(printed === '' ? [] : [Buffer.from(printed)]);
    const streams = new ProcessStreams(null, stderr);
    await once(stderr, 'end');
    assert.equal(streams.reason, reason);
  });
}
