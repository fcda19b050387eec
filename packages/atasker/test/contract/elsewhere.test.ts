/** The contract of executors on Bun and Deno, for `npm run test:runtimes`; and what docs/loading.md says of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { appliesTo, executorContract } from 'atasker/testing';
import { packageFolder } from '../support/program.ts';
import { runtime } from '../support/runtime.ts';
import { runContract } from './elsewhere.ts';
import {
  exceptions,
  executors,
  isOtherRuntime,
  type ExecutorName,
  type Keeps,
  type OtherRuntime,
} from './exceptions.ts';
import { aloop, eventLoop, processes, threads } from './subjects.ts';

const subjects = { async: eventLoop, thread: threads, aloop, process: processes };
const names = Object.keys(executors) as ExecutorName[];
const others = Object.keys(exceptions) as OtherRuntime[];

function rowsOf(executor: ExecutorName): string[] {
  const rows = executorContract.filter((row) => appliesTo(row, subjects[executor]));
  return rows.map(({ group, name }) => `${group}: ${name}`);
}

describe('what is said of the contract on Bun and Deno', () => {
  for (const other of others) {
    test(`at most five rows are excepted on ${other}, and these exist`, () => {
      const excepted = new Set<string>();
      for (const executor of names) {
        const keeps = exceptions[other][executor];
        if (typeof keeps === 'string') continue;
        const rows = rowsOf(executor);
        for (const { row } of keeps) {
          excepted.add(row);
          assert.ok(rows.includes(row), row);
        }
      }
      assert.ok(excepted.size <= 5, [...excepted].join('\n'));
    });
  }

  test('docs/loading.md says the same', () => {
    const page = readFileSync(`${packageFolder}../../docs/loading.md`, 'utf8');
    const section = page.split('<!-- contract -->')[1]?.split('<!-- end of contract -->')[0] ?? '';
    assert.equal(plain(section), plain(tableOfContract()));
  });
});

if (isOtherRuntime(runtime)) {
  for (const executor of names) {
    const keeps = exceptions[runtime][executor];
    if (typeof keeps === 'string') continue;
    test(`the contract of ${executors[executor]} on ${runtime}`, async (context) => {
      const left = new Set(rowsOf(executor));
      for await (const { name, why } of runContract(executor)) {
        left.delete(name);
        const exception = keeps.find(({ row }) => row === name);
        await context.test(name, () => {
          if (exception === undefined) assert.equal(why, null);
          else assert.notEqual(why, null, `holds here after all: take back "${exception.why}"`);
        });
      }
      const notTried = keeps.filter(({ isNotTried }) => isNotTried).map(({ row }) => row);
      assert.deepEqual([...left], notTried, 'every other row has run');
    });
  }
}

/** A cell is yes, or says how many rows are excepted, or that there is no promise; the reasons are below. */
function tableOfContract(): string {
  const lines = names.map((executor) => {
    const cells = others.map((other) => cellOf(exceptions[other][executor]));
    return `| ${[executors[executor], 'yes', ...cells].join(' | ')} |`;
  });
  const reasons = others.flatMap((other) => reasonsOn(other));
  return ['| executor | Node.js 20 to 26 | Bun | Deno |', '| - | - | - | - |', ...lines, '', ...reasons].join('\n');
}

function cellOf(keeps: Keeps): string {
  if (typeof keeps === 'string') return 'not supported';
  return keeps.length === 0 ? 'yes' : `yes, but for ${keeps.length} rows`;
}

/** A line for each reason, with the executors that it is about. */
function reasonsOn(other: OtherRuntime): string[] {
  const found = new Map<string, { readonly where: Set<string>; readonly rows: Set<string> }>();
  for (const executor of names) {
    const keeps = exceptions[other][executor];
    const all = typeof keeps === 'string' ? [{ why: `not supported: ${keeps}`, row: null }] : keeps;
    for (const { why, row } of all) {
      const about = found.get(why) ?? { where: new Set(), rows: new Set() };
      found.set(why, about);
      about.where.add(executors[executor]);
      if (row !== null) about.rows.add(`'${row}'`);
    }
  }
  return [...found].map(([why, { where, rows }]) => {
    const list = rows.size === 0 ? '' : `. So these fail: ${[...rows].join(', ')}`;
    return `- ${other === 'bun' ? 'Bun' : 'Deno'}, ${[...where].join(' and ')}: ${why}${list}`;
  });
}

/** Whatever the formatter makes of a table. */
function plain(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '-').trim();
}
