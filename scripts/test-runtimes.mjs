// Runs the tests on other runtimes, each from its npm package: npm run test:runtimes [-- node22 bun] [-- --write]
// Node runs every test of the packages; Bun and Deno run the programs of test/loading and the contract of executors.
// The programs make the table in docs/loading.md: --write puts it there, when no runtime has been left out. With --loading
// only these run, on Node too.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules/.cache/runtimes');
const rowsFile = join(cache, 'rows.jsonl');
const page = join(root, 'docs/loading.md');

const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const node = (major) => ({
  title: `Node.js ${major}`,
  install: `node${major}@npm:node-${platform}@${major}`,
  command: [join(cache, `node_modules/node${major}/bin/node`)],
});
const runtimes = {
  node20: node(20),
  node22: node(22),
  node24: node(24),
  node26: node(26),
  bun: {
    title: 'Bun',
    install: 'bun@1',
    command: [join(cache, `node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`)],
  },
  deno: {
    title: 'Deno',
    install: 'deno@2',
    command: [join(cache, 'node_modules/.bin/deno'), 'run', '--allow-all', '--node-modules-dir=manual'],
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, loading: { type: 'boolean' } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(runtimes);
const unknown = chosen.filter((name) => !(name in runtimes));
if (unknown.length > 0) fail(`unknown runtime ${unknown.join(', ')}; there are ${Object.keys(runtimes).join(', ')}`);

install();
rmSync(rowsFile, { force: true });
appendFileSync(rowsFile, '');
const failed = chosen.filter((name) => !passes(name));
const table = tableOf(readRows());
console.log(table);
if (failed.length > 0) fail(`failed on ${failed.join(', ')}`);
if (values.write) writeTable();

function install() {
  mkdirSync(cache, { recursive: true });
  if (!existsSync(join(cache, 'package.json'))) writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
  const packages = chosen.map((name) => runtimes[name].install);
  // Their programs are in the packages for this platform: no script need run.
  run('npm', ['install', '--prefix', cache, '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {});
}

/** Node runs the tests too; Bun and Deno only the programs that tests start, among them the contract. */
function passes(name) {
  const [command, ...args] = runtimes[name].command;
  console.log(`\n== ${runtimes[name].title} ${versionOf(command)}`);
  const env = {
    ATASKER_TEST_ROWS: rowsFile,
    ATASKER_TEST_RUNTIME: JSON.stringify([command, ...args]),
    ATASKER_TEST_RUNTIME_NAME: name,
  };
  const isNode = name.startsWith('node');
  const tests = isNode ? ['packages/'] : ['loading/', 'contract/elsewhere'];
  return run(
    isNode ? command : process.execPath,
    ['scripts/test.mjs', ...(values.loading ? ['loading/'] : tests)],
    env,
  );
}

function versionOf(command) {
  return spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.match(/\d+\.\d+\.\d+/)[0];
}

function run(command, args, env) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
}

function readRows() {
  const lines = readFileSync(rowsFile, 'utf8').split('\n').filter(Boolean);
  const results = lines.map((line) => JSON.parse(line)).toSorted((a, b) => a.place.localeCompare(b.place));
  const rows = new Map();
  for (const { shows, runtime, why } of results) rows.set(shows, { ...rows.get(shows), [runtime]: why ?? null });
  return rows;
}

/** A cell is yes, or no with a note that says why, or empty where a row has no meaning. */
function tableOf(rows) {
  const notes = [];
  const cell = (why) => {
    if (why === undefined) return '';
    if (why === null) return 'yes';
    if (!notes.includes(why)) notes.push(why);
    return `no (${notes.indexOf(why) + 1})`;
  };
  const body = [...rows].map(([shows, outcomes]) => [shows].concat(chosen.map((name) => cell(outcomes[name]))));
  const lines = [
    ['program', ...chosen.map((name) => runtimes[name].title)],
    chosen.map(() => '---').concat('---'),
    ...body,
  ];
  const versions = chosen.map(
    (name) => `${runtimes[name].title.split(' ')[0]} ${versionOf(runtimes[name].command[0])}`,
  );
  return [
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
    '',
    `Versions: ${versions.join(', ')}.`,
  ].join('\n');
}

function writeTable() {
  if (chosen.length < Object.keys(runtimes).length) fail('the table needs every runtime');
  const [begin, end] = ['<!-- rows -->', '<!-- end of rows -->'];
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  writeFileSync(page, `${before}${begin}\n\n${table}\n\n${end}${after}`);
  run('npx', ['oxfmt', page], {});
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
