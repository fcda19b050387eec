/**
 * Follows the README, and each page that has commands, word for word: in an empty folder outside of the repository, with
 * the package from its tarball. Other packages that a page installs are those of this workspace.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import ts from 'typescript-5';
import { blocksOf, root, type Block } from './support/documents.ts';
import { installPackage, newcomersEnv } from './support/packed.ts';

const limit = { timeout: 120_000 };

/** Node.js 22.18 or later runs TypeScript as it stands. */
const stripsTypes = (process.features as { typescript?: unknown }).typescript === 'strip';

/** A folder in which a newcomer tries the package for the first time. */
class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
  readonly isCommonJs: boolean;

  constructor(isCommonJs: boolean) {
    this.isCommonJs = isCommonJs;
  }

  /** Runs a block of a page, and checks its output. */
  follow(block: Block): void {
    const { language, file, code, prints } = block;
    if (language === 'sh') return this.#checkOutput(block, this.#runLines(code));
    assert.ok(file !== null, `a block without a name:\n${code}`);
    if (language === 'ts') this.#writeProgram(file, code);
    else writeFileSync(join(this.folder, file), code);
    if (prints !== null) this.#checkOutput(block, [this.#run(this.#commandFor(file))]);
  }

  #runLines(code: string): string[] {
    const commands = code.split('\n').map((line) => /^(.*?)\s*(?:# (.*))?$/.exec(line)!);
    const wanted = commands.filter(([, command, note]) => command !== '' && this.#applies(note ?? ''));
    const outputs = wanted.map(([, command]) => this.#command(command!));
    return outputs.filter((output) => output !== '');
  }

  #applies(note: string): boolean {
    if (note.startsWith('Node.js 22.18 or later')) return stripsTypes || this.isCommonJs;
    return !(this.isCommonJs && note.startsWith('this example uses import'));
  }

  /** Runs a command. @returns the output of a program, or an empty text for npm, whose output varies */
  #command(command: string): string {
    if (!command.startsWith('npm ')) return this.#run(this.#forModules(command));
    if (command === 'npm install atasker') installPackage(this.folder);
    else if (command.startsWith('npm install --save-dev ')) this.#link(command.split(' ').slice(3));
    else this.#run(command);
    return '';
  }

  #run(command: string): string {
    const options = { cwd: this.folder, encoding: 'utf8', shell: true, env: newcomersEnv(), timeout: 60_000 } as const;
    const { stdout, stderr, status } = spawnSync(command, options);
    const complaints = stderr.split('\n').filter((line) => !/^npm |^$|ExperimentalWarning|--trace-warnings/.test(line));
    assert.deepEqual([complaints, status], [[], 0], command);
    return stdout;
  }

  /** Installs packages of the workspace. */
  #link(names: readonly string[]): void {
    const require = createRequire(import.meta.url);
    mkdirSync(join(this.folder, 'node_modules/@types'), { recursive: true });
    for (const name of names) {
      const manifest = require.resolve(`${name}/package.json`);
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: string | Record<string, string> };
      symlinkSync(dirname(manifest), join(this.folder, 'node_modules', name));
      for (const [command, file] of Object.entries(typeof bin === 'string' ? { [name]: bin } : (bin ?? {}))) {
        symlinkSync(join(dirname(manifest), file), join(this.folder, 'node_modules/.bin', command));
      }
    }
  }

  /** In a CommonJS project both the program itself, run by tsx, and its compiled form are tested. */
  #writeProgram(file: string, code: string): void {
    const source = this.isCommonJs ? withoutTopLevelAwait(code) : code;
    writeFileSync(join(this.folder, file), source);
    if (!this.isCommonJs) return;
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(source.replaceAll(/(from '\.\/.*)\.ts'/g, "$1.js'"), { compilerOptions });
    writeFileSync(join(this.folder, file.replace(/ts$/, 'js')), outputText);
  }

  #commandFor(file: string): string {
    const isTypeScript = file.endsWith('.ts');
    return this.#forModules(isTypeScript && !stripsTypes && !this.isCommonJs ? `npx tsx ${file}` : `node ${file}`);
  }

  /** Node.js rejects `import` in a CommonJS project, even in TypeScript, so it runs the compiled program there. */
  #forModules(command: string): string {
    const isCompiled = this.isCommonJs && !command.startsWith('npx tsx');
    return (isCompiled ? command.replaceAll(/\.ts\b/g, '.js') : command).replace('npx ', 'node_modules/.bin/');
  }

  #checkOutput({ prints, code, language }: Block, outputs: readonly string[]): void {
    if (prints === null) return assert.deepEqual(outputs, [], code);
    // Lines for different versions of Node.js print the same; others print one after another.
    const isSame = language !== 'sh' || code.includes('# Node.js 22.18');
    for (const output of isSame ? outputs : [outputs.join('')]) assert.equal(timeless(output), timeless(prints), code);
    assert.ok(outputs.length > 0, code);
  }
}

/** How long something took is never the same. */
function timeless(text: string): string {
  return text.replaceAll(/"ms":\d+/g, '"ms":0');
}

/** The code as it is written without top-level await: from the first `await` on it is in an async function. */
function withoutTopLevelAwait(code: string): string {
  const { statements } = ts.createSourceFile('program.ts', code, ts.ScriptTarget.Latest, true);
  const first = statements.find(awaits);
  if (first === undefined) return code;
  return `${code.slice(0, first.getStart())}void (async () => {\n${code.slice(first.getStart())}})();\n`;
}

function awaits(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  return (
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    ts.forEachChild(node, awaits) === true
  );
}

const pages = ['README.md', 'docs/command-line.md'];

for (const isCommonJs of [false, true]) {
  describe(`followed by a newcomer, as ${isCommonJs ? 'CommonJS' : 'ES modules'}:`, limit, () => {
    const project = new Project(isCommonJs);
    after(() => rmSync(project.folder, { recursive: true }));

    for (const page of pages) {
      // The last block of the README is for those who work on the library.
      const blocks = blocksOf(page).filter(({ code, isExample }) => !isExample && !code.includes('npm ci'));
      blocks.forEach((block, index) => {
        const title = block.file ?? `${block.code.split('\n')[0]} …`;
        test(`${page}, block ${index + 1}: ${title}`, () => project.follow(block));
      });
    }
  });
}

test('every page with commands is followed', () => {
  const withCommands = [
    'README.md',
    ...readFileSync(join(root, 'docs/README.md'), 'utf8').matchAll(/\]\(([a-z0-9-]+\.md)\)/g),
  ]
    .map((link) => (typeof link === 'string' ? link : `docs/${link[1]}`))
    .filter((name) => blocksOf(name).some(({ language }) => language === 'sh'));
  assert.deepEqual(withCommands.toSorted(), pages.toSorted());
});
