import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { globSync } from 'tinyglobby';
import { fixtures, packageFolder, runNode } from './support/program.ts';

const leaves = {
  'a thread with its port': ['beforeExit', 'exit', 'port', 'thread', 'timer'],
  'a process with its pipes': ['beforeExit', 'exit', 'pipe', 'process', 'timer'],
  'a timer, and the listener of a signal': ['AbortSignal', 'timer'],
  'listeners of the process': ['SIGINT', 'SIGTERM'],
  'the listener for failures that nobody has looked at': ['exit', 'timer'],
  'a task of the default supervisor': ['task'],
  'nothing at all': [],
};

// Each runs in a program of its own: what one leaves behind stays active, and would be noted during the next one.
for (const [name, kinds] of Object.entries(leaves)) {
  test(`what a test leaves behind fails it, and nothing else does: ${name}`, async () => {
    const pattern = `--test-name-pattern=^${name}$`;
    const { stdout } = await runNode(['--test-reporter=tap', pattern, `${fixtures}leaks/leaky.test.mjs`]);
    const report = stdout.split('# Subtest: ').find((text) => text.startsWith(`${name}\n`))!;
    assert.deepEqual([kindsIn(report), /^not ok/m.test(report)], [kinds, kinds.length > 0]);
  });
}

test('every test file that has a supervisor looks for leaks', () => {
  const files = globSync('test/**/*.test.ts', { cwd: packageFolder });
  const without = files.filter((file) => {
    const text = readFileSync(`${packageFolder}${file}`, 'utf8');
    return /^import .*within|= new TaskSupervisor/m.test(text) && !text.includes('support/leaks.ts');
  });
  assert.deepEqual(without, []);
});

function kindsIn(report: string): string[] {
  const lines = report.match(
    /^ *(port|thread(?= \d)|timer|process(?= \d)|pipe|task|listener of an? \w+|listener of process \w+)\b/gm,
  );
  return [...new Set(lines?.map((line) => line.trim().split(' ').at(-1)!))].toSorted();
}
