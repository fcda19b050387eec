import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneLine, readLine, startedLine } from '../../../src/pool/channels/lines.ts';

test('a line is parsed into the values that it was made from', () => {
  assert.deepEqual(readLine(`3 ${startedLine(2_049, 1.5)}`), {
    after: 3,
    frame: { type: 'started', run: 2_049, at: 1.5 },
  });
  assert.deepEqual(readLine(`0 ${doneLine(2_049, 0.25, '"a b"')}`), {
    after: 0,
    frame: { type: 'done', run: 2_049, ms: 0.25, result: '"a b"' },
  });
  assert.deepEqual(readLine('-7'), { after: null, frame: { type: 'givenBack', run: 7 } });
});

test('a text that is not a valid line is refused', () => {
  for (const line of [
    '',
    'x',
    '12 0 b 5 1.2',
    '0 nonsense',
    '{}',
    '9 9 9 9',
    '0 b',
    '0 b x 1',
    'a b 5 1',
    '0 beta 5 1',
    'b 5 1',
  ]) {
    assert.throws(() => readLine(line), line);
  }
});
