import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { fixtures, packageFolder, runNode } from '../support/program.ts';
import { assertFine, forEachType, row } from '../support/row.ts';

const folder = `${fixtures}typescript/`;
const require = createRequire(import.meta.url);
const tsx = join(dirname(require.resolve('tsx/package.json')), 'dist/cli.mjs');
const tsNode = require.resolve('ts-node/dist/bin.js');

const esm = { stdout: forEachType('42 true\nTypeError true\n') };
const commonJs = { stdout: forEachType('42 true\n') };

describe('TypeScript', () => {
  const only = 'node';
  const runEsm = async (...flags: string[]): Promise<void> =>
    assertFine(await runNode([...flags, `${folder}esm/main.ts`]), esm);
  const runCommonJs = async (...flags: string[]): Promise<void> =>
    assertFine(await runNode([...flags, `${folder}commonjs/main.ts`]), commonJs);

  row('TypeScript as ES modules: `node --import tsx`', () => runEsm('--import', 'tsx'), { only });
  row('TypeScript as ES modules: the command `tsx`', () => runEsm(tsx), { only });
  row(
    'TypeScript as ES modules: `NODE_OPTIONS="--import tsx"`',
    async () => assertFine(await runNode([`${folder}esm/main.ts`], { env: { NODE_OPTIONS: '--import tsx' } }), esm),
    { only },
  );
  row('TypeScript as CommonJS: `node --import tsx`', () => runCommonJs('--import', 'tsx'), { only });
  row('TypeScript as CommonJS: the command `tsx`', () => runCommonJs(tsx), { only });

  const transpile = { TS_NODE_TRANSPILE_ONLY: '1', TS_NODE_COMPILER: 'typescript-5' };
  const forCommonJs = {
    ...transpile,
    TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs","moduleResolution":"node10","target":"es2022"}',
  };
  for (const [how, flags] of [
    ['`node -r ts-node/register`', ['-r', 'ts-node/register']],
    ['the command `ts-node`', [tsNode]],
  ] as const) {
    row(
      `TypeScript as CommonJS: ${how}`,
      async () => assertFine(await runNode([...flags, `${folder}commonjs/main.ts`], { env: forCommonJs }), commonJs),
      { only },
    );
  }

  row(
    'TypeScript that the runtime itself strips of its types',
    async () => assertFine(await runNode([`${folder}native/main.ts`]), commonJs),
    { except: { node20: 'Node.js 22.18 or later' } },
  );

  row('compiled decorators on static methods; in the main file a thread sees no static fields', async () => {
    const entryPoints = [`${folder}decorated.ts`, `${folder}decorated-main.ts`];
    const outdir = join(packageFolder, 'build/decorated');
    await build({ entryPoints, outdir, format: 'esm', target: 'node20' });
    assertFine(await runNode([join(outdir, 'decorated-main.js')]), {
      stdout:
        /^42 true (8 true )?6\nthis\.factor is not defined \(a pool thread evaluates the main file only down to its last task: .*main\(async/,
    });
  });

  test('if a TypeScript module is missing because a bundle ships without it, the error says so', async () => {
    const { stdout } = await runNode([`${folder}gone.mjs`]);
    assert.match(
      stdout,
      /^task anonymous [^\n]*gone\.ts failed: (Cannot find|Module not found) [^\n]*\(there is no such file: it has to ship [^\n]*\)\n$/,
    );
  });

  row(
    'a TypeScript module without tsx on Node.js 20: the error says what to do',
    async () => {
      const project = mkdtempSync(join(tmpdir(), 'atasker-typescript-'));
      mkdirSync(join(project, 'node_modules'));
      symlinkSync(packageFolder, join(project, 'node_modules/atasker'));
      writeFileSync(join(project, 'tasks.ts'), `export const n: number = 1;\n`);
      const main = `import { backgroundTask } from 'atasker';
const area = backgroundTask(() => 1, { module: new URL('tasks.ts', import.meta.url) });
for (const tt of ['thread', 'process']) await area.with({ tt })().catch((e) => console.log(e.code, e.message));\n`;
      writeFileSync(join(project, 'main.mjs'), main);
      const { stdout } = await runNode([join(project, 'main.mjs')]);
      rmSync(project, { recursive: true });
      assert.match(
        stdout,
        /^(ERR_TASK_LOAD task anonymous cannot be loaded in a (thread|process): \S+tasks\.ts failed: [^\n]*\(TypeScript needs Node 22\.18 or later, or run with tsx\)\n){2}$/,
      );
    },
    { only: 'node20' },
  );
});
