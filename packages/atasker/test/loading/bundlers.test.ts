import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import webpack, { type Configuration } from 'webpack';
import { fixtures, packageFolder, runNode } from '../support/program.ts';
import { assertFine, forEachType, row } from '../support/row.ts';

/** What is left of a stack in minified parts does not lead Bun to the file of a definition. */
const BROKEN = 'it fails, with `ERR_POOL_BROKEN`, which says to keep atasker out of the bundle';

const rollup = join(dirname(createRequire(import.meta.url).resolve('rollup/package.json')), 'dist/bin/rollup');
const programs = `${fixtures}bundlers/`;

type Format = 'esm' | 'cjs';

/** Each makes one minified file of a program with the library inside. */
const bundlers: Readonly<Record<string, (format: Format, outfile: string) => Promise<unknown>>> = {
  esbuild: (format, outfile) =>
    build({ entryPoints: [`${programs}one-file.mjs`], outfile, bundle: true, minify: true, format, platform: 'node' }),
  rollup: (format, file) => {
    const plugins = ['node-resolve', 'commonjs', 'terser'].flatMap((name) => ['--plugin', name]);
    const args = ['--input', `${programs}one-file.mjs`, '--format', format, '--file', file, '--inlineDynamicImports'];
    return promisify(execFile)(process.execPath, [rollup, ...plugins, ...args], { cwd: packageFolder });
  },
  webpack: (format, file) => runWebpack({ mode: 'production', entry: `${programs}one-file.mjs` }, file, format),
};

async function runWebpack(config: Configuration, file: string, format: Format): Promise<void> {
  const [path, filename] = [join(file, '..'), file.split('/').at(-1)!];
  const output = format === 'esm' ? { module: true, chunkFormat: 'module' as const } : {};
  const stats = await promisify<Configuration, webpack.Stats | undefined>(webpack)({
    target: 'node20',
    output: { path, filename, ...output },
    ...config,
  });
  assert.equal(stats?.toString({ all: false, errors: true, warnings: true }), '');
}

describe('bundles', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'atasker-bundles-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, makeBundle] of Object.entries(bundlers)) {
    for (const format of ['esm', 'cjs'] as const) {
      const kind = format === 'esm' ? 'an ES module' : 'CommonJS';
      row(`one minified bundle by ${name}, the library inside, ${kind}`, async () => {
        const outfile = join(folder, `${name}-${format}`, format === 'esm' ? 'app.mjs' : 'app.cjs');
        await makeBundle(format, outfile);
        assertFine(await runNode([outfile], { cwd: tmpdir() }), {
          stdout: forEachType('triple 42 first second\nRangeError E_X true\n'),
        });
      });
    }
  }

  row('one bundle by webpack for development, modules in `eval`', async () => {
    const file = join(folder, 'development/app.cjs');
    await runWebpack({ mode: 'development', entry: `${programs}one-file.mjs` }, file, 'cjs');
    assertFine(await runNode([file]), { stdout: forEachType('triple 42 first second\nRangeError E_X true\n') });
  });

  for (const mode of ['development', 'production'] as const) {
    row(
      `a bundle in parts, as Next.js makes it, for ${mode}: an error that names \`module:\``,
      async () => {
        const file = join(folder, `split-${mode}/app.cjs`);
        await runWebpack({ mode, entry: `${programs}split.mjs` }, file, 'cjs');
        assertFine(await runNode([file]), {
          stdout: /^ERR_TASK_NOT_AT_MODULE_LEVEL [^\n]*name the file[^\n]* \{ module: import\.meta\.url \}/,
        });
      },
      { except: mode === 'production' ? { bun: BROKEN } : {} },
    );

    row(`a bundle in parts for ${mode}, atasker kept out of it and \`module:\` given`, async () => {
      const file = join(folder, `named-${mode}/app.mjs`);
      const config = { mode, entry: `${programs}split-named.mjs`, externals: { atasker: 'module atasker' } };
      await runWebpack(config, file, 'esm');
      mkdirSync(join(file, '../node_modules'));
      symlinkSync(packageFolder, join(file, '../node_modules/atasker'));
      assertFine(await runNode([file]), { stdout: forEachType('42\n') });
    });
  }

  test('no code of the library looks to a bundler like the file of a worker', () => {
    const code = readFileSync(`${packageFolder}dist/index.js`, 'utf8');
    const withoutTexts = code.replaceAll(/`[^`]*`/g, '``');
    assert.doesNotMatch(withoutTexts, /new (\w+\.)?Worker\(/); // Turbopack refuses such a program
  });

  row(
    'source maps: the error of a task names the line of the source',
    async () => {
      const outfile = join(folder, 'mapped/app.mjs');
      await build({
        entryPoints: [`${fixtures}typescript/esm/main.ts`],
        outfile,
        bundle: true,
        minify: true,
        sourcemap: true,
        format: 'esm',
        platform: 'node',
      });
      assertFine(await runNode(['--enable-source-maps', outfile]), {
        stdout: forEachType('42 true\nTypeError true\n'),
      });
    },
    { only: 'node' },
  );
});
