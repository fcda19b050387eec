import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { globSync } from 'tinyglobby';
import { fixtures, packageFolder, runNode } from './support/program.ts';

test('what a test leaves behind fails it, whatever it is, and nothing else does', async () => {
  const { stdout } = await runNode(['--test-reporter=tap', `${fixtures}leaks/leaky.test.mjs`]);
  const reports = stdout.split('# Subtest: ').slice(1);
  const seen = reports.map((report) => [report.split('\n')[0], /^not ok/m.test(report), kindsIn(report)]);
  assert.deepEqual(seen, [
    ['a thread with its port', true, ['port', 'thread', 'timer']],
    ['a process with its pipes', true, ['pipe', 'process', 'timer']],
    ['a timer, and the listener of a signal', true, ['AbortSignal', 'timer']],
    ['listeners of the process', true, ['SIGINT', 'SIGTERM']],
    ['the listener for failures that nobody has looked at', true, ['exit', 'timer']],
    ['a task of the default supervisor', true, ['task']],
    ['nothing at all', false, []],
  ]);
});

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
    /^ *(port|thread|timer|process|pipe|task|listener of an? \w+|listener of process \w+)\b/gm,
  );
  return [...new Set(lines?.map((line) => line.trim().split(' ').at(-1)!))].toSorted();
}
