import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type ts from 'typescript-5';
import { TASK_OPTIONS } from '../src/define/task-options.ts';
import { POOL_OPTIONS } from '../src/pool/options.ts';
import { SUPERVISOR_OPTIONS } from '../src/supervisor/options.ts';
import { root } from './support/documents.ts';

interface ApiPage {
  readonly text: string;
  readonly problems: readonly string[];
}

interface PageWithTables {
  readonly page: string;
  readonly names: readonly string[];
  readonly text: string;
  readonly expected: string;
}

const load = (script: string): Promise<unknown> => import(pathToFileURL(join(root, 'scripts', script)).href);
const { apiPage, readDeclarations } = (await load('api-page.mjs')) as {
  apiPage: (program: ts.Program) => ApiPage;
  readDeclarations: () => ts.Program;
};
const { pagesWithTables } = (await load('doc-tables.mjs')) as {
  pagesWithTables: (program: ts.Program) => Promise<PageWithTables[]>;
};
const program = readDeclarations();

describe('the page with every public name:', () => {
  const { text, problems } = apiPage(program);

  test('is what the declarations say: npm run docs:api writes it', () => {
    assert.equal(readFileSync(join(root, 'docs/api.md'), 'utf8'), text);
  });

  test('each name and member has a docstring, each option a default, each error its code, and each code a place', () => {
    assert.deepEqual(problems, []);
  });

  test('has every name that can be imported', async () => {
    for (const entry of ['atasker', 'atasker/testing']) {
      const names = Object.keys((await import(entry)) as object).filter((name) => !/^(set)?inlineMode$/i.test(name));
      assert.ok(names.length > 2);
      for (const name of names) assert.ok(text.includes(`### \`${name}\`\n`), `${name} of ${entry}`);
    }
  });
});

describe('the tables of options and events in the docs', async () => {
  const pages = await pagesWithTables(program);

  test('are what the declarations say: npm run docs:api writes them', () => {
    for (const { text, expected } of pages) assert.equal(text, expected);
  });

  test('are there for the options of tasks, of supervisors and of threads, and for the events', () => {
    const names = pages.flatMap((page) => page.names);
    const wanted = ['SupervisorEvents', 'SupervisorOptions', 'TaskOptions', 'ThreadPoolOptions'];
    assert.deepEqual(names.toSorted(), wanted);
  });

  const tables = [
    ['TaskOptions', TASK_OPTIONS, ['priority', 'tt', 'delay', 'detached']],
    ['SupervisorOptions', SUPERVISOR_OPTIONS, ['cancelGrace', 'timeoutWarning', 'timeoutCritical', 'transport']],
    ['ThreadPoolOptions', POOL_OPTIONS, ['reserveNormal', 'reserveHigh', 'whenFull', 'idleTimeout', 'startTimeout']],
  ] as const;
  for (const [name, rows, withLiteral] of tables) {
    test(`say of ${name} the defaults that the code has`, () => {
      const { text } = pages.find(({ names }) => names.includes(name))!;
      const table = text.split(`<!-- table: ${name} -->`)[1]!.split('<!-- end of table -->')[0]!;
      const compared: string[] = [];
      for (const [, option, told] of table.matchAll(/^\| `(\w+)` .*\| (.*) \|$/gm)) {
        const row = (rows as Readonly<Record<string, Row>>)[option!]!;
        const literal = /`('[^']*'|[\d.]+|true|false)`/.exec(told!)?.[1];
        if (literal === undefined || row.field === null || row.default === null) continue;
        assert.deepEqual(row.check(option!, JSON.parse(literal.replaceAll("'", '"')), {}), row.default, option);
        compared.push(option!);
      }
      assert.deepEqual(compared.toSorted(), withLiteral.toSorted());
    });
  }
});

type Row =
  | { readonly field: null }
  | {
      readonly field: string;
      readonly default: unknown;
      check(name: string, value: unknown, options: object): unknown;
    };
