import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runNode } from '../../support/program.ts';

const program = new URL('../../../src/pool/channels/program-end.js', import.meta.url).href;

for (const [end, leaves] of [
  ['process.exit(0)', 'left'],
  ['', 'retired left'],
] as const) {
  test(`a member that throws when the program ends harms neither the others nor the exit code: ${leaves}`, async () => {
    const code = `import { watchProgramEnd } from '${program}';
const words = [];
const fail = () => { throw new Error('nonsense') };
watchProgramEnd({ retire: fail, leave: fail });
watchProgramEnd({ retire: () => words.push('retired'), leave: () => { words.push('left'); console.log(words.join(' ')); } });
${end}`;
    const { stdout, stderr, code: exitCode } = await runNode(['--input-type=module', '--eval', code]);
    assert.deepEqual([stdout, stderr, exitCode], [`${leaves}\n`, '', 0]);
  });
}
