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
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { globSync } from 'tinyglobby';
import { fixtures, packageFolder, runNode } from './support/program.ts';

const root = join(packageFolder, '../..');

/** A TypeScript block of a document: a program, a file that the later ones of its page import, or an example as it stands. */
interface Snippet {
  readonly file: string;
  readonly isExample: boolean;
  readonly code: string;
  /** What the block after it says that it prints. */
  readonly prints: string | null;
}

const BLOCK = /(?:<!-- (file|example): (\S+) -->\s*)?```ts\n(.*?)```(?:\s*```text\n(.*?)```)?/gs;

function snippetsOf(document: string): Snippet[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(BLOCK)].map(([, kind, file, code, prints], index) => ({
    file: file ?? `snippet-${index + 1}.ts`,
    isExample: kind === 'example',
    code: code!,
    prints: prints ?? null,
  }));
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
      mkdirSync(join(folder, basename(document, '.md')));
      for (const { file, code } of snippets) writeFileSync(join(folder, basename(document, '.md'), file), code);
    }
    const options = { module: 'nodenext', target: 'es2023', strict: true, types: ['node'], rootDir: '.' };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('every snippet compiles, types and all', () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });

  for (const [document, snippets] of pages) {
    for (const { file, code: source, prints } of snippets) {
      test(`${document}: ${file} prints what the page says`, async () => {
        const program = join(folder, basename(document, '.md'), file.replace(/ts$/, 'js'));
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

  test('every link to a file leads somewhere', () => {
    for (const document of documents) {
      const text = readFileSync(join(root, document), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
        assert.ok(existsSync(join(root, dirname(document), target!)), `${document} links to ${target}`);
      }
    }
  });

  test('every test that shows a guarantee exists', () => {
    const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8').split('## What is not promised')[0]!;
    const names = [...page.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    const tests = globSync(['src/testing/**/*.ts', 'test/**/*.test.ts'], { cwd: packageFolder, absolute: true });
    const sources = tests.map((file) => readFileSync(file, 'utf8')).join('\n');
    assert.ok(names.length > 30);
    for (const name of names) assert.ok(sources.includes(name), `no test is called '${name}'`);
  });
});
