import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { fateOf, takesValue } from '../../../src/pool/channels/flag-table.ts';
import { processFlags, threadFlags } from '../../../src/pool/channels/inherited-flags.ts';
import { packageFolder } from '../../support/program.ts';

const runtimes = `${packageFolder}../../node_modules/.cache/runtimes/node_modules/`;
const nodes = [20, 22, 24, 26].map((major) => `${runtimes}node${major}/bin/node`).filter((file) => existsSync(file));

interface HelpFlag {
  readonly name: string;
  readonly hasValue: boolean;
}

/** What `node --help` names. */
function flagsOf(node: string): HelpFlag[] {
  const help = execFileSync(node, ['--help'], { encoding: 'utf8' });
  const heads = help.split('\n').flatMap((line) => /^ {2}(-\S.*?)(?: {2,}|$)/.exec(line)?.[1] ?? []);
  return heads.flatMap((head) =>
    head.split(', ').flatMap((part) => {
      const [name] = /^-{1,2}[a-z][\w-]*(\.\d+)?/i.exec(part) ?? [];
      return name === undefined ? [] : [{ name, hasValue: head.endsWith('=...') }];
    }),
  );
}

describe('the table of flags', () => {
  for (const node of [process.execPath, ...nodes]) {
    test(`knows every flag of ${node.replace(runtimes, '')} --help, and which have a value`, () => {
      const flags = flagsOf(node);
      assert.ok(flags.length > 100);
      assert.deepEqual(
        flags.filter(({ name }) => fateOf(name) === undefined).map(({ name }) => name),
        [],
      );
      const wrong = flags.filter(({ name, hasValue }) => hasValue && !takesValue(name)).map(({ name }) => name);
      assert.deepEqual(
        wrong.filter((name) => name !== '--experimental-default-config-file'),
        [],
      );
    });
  }

  test('knows every flag that NODE_OPTIONS may hold', () => {
    const unknown = [...process.allowedNodeEnvironmentFlags].filter(
      (name) => fateOf(name.replaceAll('_', '-')) === undefined,
    );
    assert.deepEqual(unknown, []);
  });

  test('gives threads only flags that a thread accepts', async () => {
    for (const { name, hasValue } of flagsOf(process.execPath)) {
      if (fateOf(name) !== 'both' || hasValue || /^--(cpu|heap)-prof|permission|frozen/.test(name)) continue;
      const thread = new Worker('', { eval: true, execArgv: [name], stdout: true, stderr: true });
      await thread.terminate();
    }
  });
});

describe('the flags of a program', () => {
  const own = processFlags(''); // of this test itself
  const mixed = '--inspect-brk=0 --max-old-space-size=99 -r ./a.cjs --input-type module --title "a \\"b\\" c" --watch';

  test('reach processes without those that say how it is run, in their order', () => {
    const flags = ['--max-old-space-size=99', '-r', './a.cjs', '--title', 'a "b" c'];
    assert.deepEqual(processFlags(mixed), [...flags, ...own]);
  });

  test('reach threads without those of the whole process', () => {
    assert.deepEqual(threadFlags(mixed), ['-r', './a.cjs', ...threadFlags('')!]);
  });

  test('cannot be passed one by one to a thread if some are in a file', () => {
    assert.equal(threadFlags('--experimental-default-config-file'), null);
  });

  for (const text of ['--unknown-of-later --require=./x', '--unhandled_rejections=strict', '-C a --conditions=b']) {
    test(`are passed on as they are given: ${text}`, () => {
      assert.deepEqual(processFlags(text), [...text.split(' '), ...own]);
    });
  }
});
