import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { globSync } from 'tinyglobby';
import { blocksOf, root, type Block } from './support/documents.ts';
import { fixtures, packageFolder, runNode } from './support/program.ts';

/** A TypeScript block of a document. */
interface Snippet extends Block {
  readonly file: string;
}

function snippetsOf(document: string): Snippet[] {
  const blocks = blocksOf(document).filter(({ language }) => language === 'ts');
  return blocks.map((block, index) => Object.assign(block, { file: block.file ?? `snippet-${index + 1}.ts` }));
}

/** The anchors of the headings of a file, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  const plain = headings.map((heading) => heading.replaceAll(/\]\([^)]*\)/g, '').toLowerCase());
  return new Set(plain.map((heading) => heading.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}

/** A page shows the names of tests, not their times. */
const NAMES_ONLY = [`--test-reporter=${fixtures}test-names.mjs`, '--test-reporter-destination=stdout'];

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

describe('the documents:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-documents-'));
  const all = new Map(documents.map((document) => [document, snippetsOf(document)] as const));
  const pages = new Map([...all].map(([document, snippets]) => [document, snippets.filter((each) => !each.isExample)]));

  before(() => {
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    symlinkSync(packageFolder, join(folder, 'node_modules/atasker'));
    symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [document, snippets] of pages) {
      const page = join(folder, document.replace('.md', ''));
      mkdirSync(page, { recursive: true });
      for (const { file, code } of snippets) writeFileSync(join(page, file), code);
    }
    // As in the README.
    const options = { module: 'nodenext', target: 'es2023', rewriteRelativeImportExtensions: true, strict: true };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, types: ['node'], rootDir: '.' } }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  test('every snippet compiles, types and all', () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });

  for (const [document, snippets] of pages) {
    if (document === 'README.md') continue; // newcomer.test.ts runs it, from the first command to the last
    for (const { file, code: source, prints } of snippets) {
      test(`${document}: ${file} prints what the page says`, async () => {
        const program = join(folder, document.replace('.md', ''), file.replace(/ts$/, 'js'));
        const flags = source.includes("'node:test'") ? NAMES_ONLY : [];
        const { stdout, stderr, code } = await runNode([...flags, program]);
        assert.equal(stderr, '');
        assert.equal(code, 0);
        assert.equal(stdout, prints ?? '');
      });
    }
  }

  test('every example on a page is the one that is tested', () => {
    const examples = [...all.values()].flat().filter(({ isExample }) => isExample);
    assert.ok(examples.length > 0);
    for (const { file, code } of examples) assert.equal(code, readFileSync(join(root, 'examples', file), 'utf8'), file);
  });

  test('every link leads to a file, and to a heading that is in it', () => {
    for (const document of documents) {
      const text = readFileSync(join(root, document), 'utf8');
      for (const [, target, anchor] of text.matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
        const file = target === '' ? join(root, document) : join(root, dirname(document), target!);
        assert.ok(existsSync(file), `${document} links to ${target}`);
        if (anchor !== undefined) assert.ok(anchorsOf(file).has(anchor), `${document} links to ${target}#${anchor}`);
      }
    }
  });

  test('the index has every page, and the README leads to each', () => {
    const others = documents.filter((name) => name.startsWith('docs/') && name !== 'docs/README.md');
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    for (const page of others) {
      assert.ok(index.includes(`](${page.slice('docs/'.length)})`), `docs/README.md does not link to ${page}`);
      if (page !== 'docs/performance-node24.md')
        assert.ok(readme.includes(`](${page}`), `README.md does not link to ${page}`);
    }
  });

  test('the page on errors has a row for each code, and for no other', () => {
    const union = readFileSync(join(packageFolder, 'src/common/errors.ts'), 'utf8').split(
      'export type TaskErrorCode =',
    )[1]!;
    const codes = union.split(';')[0]!.match(/ERR_\w+/g)!;
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(ERR_\w+)` +\| \S.* \| \S.* \|$/gm)].map(([, code]) => code!);
    assert.deepEqual(rows.toSorted(), codes.toSorted());
  });

  test('figures in the table of the README stand on the pages that it names', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    for (const [row, page] of [
      ['faults handled right', 'docs/faults.md'],
      ['rate of 100,000 short tasks', 'docs/performance.md'],
    ] as const) {
      const cells = readme
        .split('\n')
        .find((line) => line.startsWith(`| ${row}`))!
        .split('|')
        .slice(2, -2);
      const figures = cells.flatMap((cell) => cell.match(/\d+ of \d+|× [\d.]+/g) ?? []);
      const text = readFileSync(join(root, page), 'utf8');
      assert.ok(figures.length >= 3, row);
      for (const figure of figures) assert.ok(text.includes(figure), `${figure} is not in ${page}`);
    }
  });

  const sources = globSync(['src/testing/**/*.ts', 'test/**/*.test.ts'], { cwd: packageFolder, absolute: true })
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

  test('every test that shows a guarantee exists', () => {
    const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8').split('## What is not promised')[0]!;
    const names = [...page.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    assert.ok(names.length > 30);
    for (const name of names) assert.ok(sources.includes(name), `no test is called '${name}'`);
  });

  test('every fault that was found in 0.1.0 names tests, and each of them exists', () => {
    const page = readFileSync(join(root, 'docs/faults.md'), 'utf8').split('## What was found in 0.1.0')[1]!;
    const rows = [...page.matchAll(/^\| (?!fault|-)(.+) \| .+ \| (.+) \|$/gm)];
    for (const [, fault, tests] of rows) {
      const names = [...tests!.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
      assert.ok(names.length > 0, `no test for: ${fault}`);
      for (const name of names) assert.ok(sources.includes(name), `no test is called '${name}'`);
    }
  });
});
