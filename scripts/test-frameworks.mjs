// Small real projects of frameworks, each of which runs tasks in threads and processes: npm run test:frameworks [-- vite nest]
// They are installed once, at the versions below, into a folder that Git ignores. `npm ci` never installs them.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest that run on Node.js 20. */
const packages = {
  '@nestjs/common': '11',
  '@nestjs/core': '11',
  '@nestjs/platform-express': '11',
  '@happy-dom/global-registrator': '21',
  bluebird: '3',
  'core-js': '3',
  'global-jsdom': '29',
  jest: '30',
  jsdom: '29',
  mocha: '12.0.3',
  next: '16',
  react: '19',
  'react-dom': '19',
  'reflect-metadata': '0.2',
  rxjs: '7',
  ses: '1',
  vite: '8.3.8',
  'vite-node': '6.0.0',
  vitest: '4',
  'zone.js': '0.16',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules/.cache/frameworks');
/** jest looks for nothing in a folder that is called node_modules. */
const copies = join(root, 'packages/atasker/build/frameworks');
const bin = (name) => join(cache, 'node_modules', name);
const ALL_RIGHT = /^32 x \[42,true\]$/m;
const NEXT = { NEXT_TELEMETRY_DISABLED: '1' };

/** Name, folder of the project, arguments of node, expected output, additional environment variables. */
const projects = [
  ['Vite in development', 'vite', ['dev.mjs'], ALL_RIGHT],
  ['Vite, built for the server', 'vite', ['build.mjs'], ALL_RIGHT],
  ['vite-node', 'vite-node', [bin('vite-node/dist/cli.mjs'), 'main.js'], ALL_RIGHT],
  ['Nest, ES modules', 'nest-esm', ['main.js'], ALL_RIGHT],
  ['Nest, CommonJS', 'nest-cjs', ['main.js'], ALL_RIGHT],
  ['Next.js in development', 'next', ['main.mjs', 'dev'], ALL_RIGHT, NEXT],
  ['Next.js, built', 'next', ['main.mjs', 'built'], ALL_RIGHT, NEXT],
  ['mocha', 'mocha', [bin('mocha/bin/mocha.js'), '--timeout', '60000', 'twice.mjs', 'twice.cjs'], /2 passing/],
  ['vitest', 'vitest', [bin('vitest/vitest.mjs'), 'run', '--testTimeout=60000'], /Tests +1 passed/],
  [
    'jest',
    'jest',
    [bin('jest/bin/jest.js')],
    /Tests: +1 passed/,
    { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' },
  ],
  ...['bluebird', 'zone', 'jsdom', 'happyDom', 'coreJs', 'ses'].flatMap((library) =>
    ['before', 'after', 'member'].map((when) => [
      `built-ins replaced by ${library}, ${when}`,
      'replaced',
      ['main.js', library, when],
      ALL_RIGHT,
    ]),
  ),
];

install();
const filters = process.argv.slice(2);
const chosen = projects.filter(
  ([name]) => filters.length === 0 || filters.some((filter) => name.toLowerCase().includes(filter)),
);
let failed = 0;
for (const project of chosen) if (!passes(project)) failed += 1;
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** Installs the package there as it is built now. */
function install() {
  mkdirSync(cache, { recursive: true });
  const manifest = `${JSON.stringify({ private: true, dependencies: packages }, null, 2)}\n`;
  const file = join(cache, 'package.json');
  const isInstalled = existsSync(join(cache, 'node_modules')) && readFileSync(file, 'utf8') === manifest;
  if (!isInstalled) {
    writeFileSync(file, manifest);
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
    if (spawnSync('npm', args, { cwd: cache, stdio: 'inherit' }).status !== 0) process.exit(1);
  }
  const own = join(cache, 'node_modules/atasker');
  rmSync(own, { recursive: true, force: true });
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, 'packages/atasker', part), join(own, part), { recursive: true });
  rmSync(copies, { recursive: true, force: true });
  cpSync(join(root, 'packages/atasker/test/fixtures/frameworks'), copies, { recursive: true });
  symlinkSync(join(cache, 'node_modules'), join(copies, 'node_modules'));
}

/** The project must print the expected output, show no warning of the library, and end by itself. */
function passes([name, folder, args, prints, env = {}]) {
  const IN_FOUR = join(copies, 'in-four.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(copies, folder),
    env: { ...process.env, NO_COLOR: '1', CI: '1', IN_FOUR, ...env },
    encoding: 'utf8',
    timeout: 180_000,
  });
  const isRight = status === 0 && prints.test(stdout + stderr) && !stderr.includes('TaskModuleWarning');
  console.log(`${isRight ? 'ok' : 'FAILED'} ${name}`);
  if (!isRight) console.log(stdout, stderr);
  return isRight;
}
