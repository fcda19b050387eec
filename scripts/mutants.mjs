// Changes the library in one place at a time, and looks whether a test fails: npm run mutants [-- --seed N]
//   --seed N      chooses the mutations; without it they are chosen at random, and the seed is printed
//   --count N     so many mutations of each area instead of the numbers below
//   --only AREA   this area only: core, supervisor, pool, workers, jobs, locks
//   --run ID      this one mutation, as the report names it
//   --quick       without test files of other folders that take five seconds or more: they may kill what survives
//   --list        prints the mutations that would be tried
// A mutation is killed if a test file that runs the changed function fails, or takes three times as long as it does
// without; it must do so twice, because a test that fails once on a busy machine may have noticed nothing.
// One that survives is a missing test, or code that nobody needs. The command fails if less than 90 % are killed.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { globSync } from 'tinyglobby';
import { coverage, nameOf } from './mutants/coverage.mjs';
import { analyse } from './mutants/operators.mjs';
import { endTests, runTest } from './mutants/run-test.mjs';
import { Sandbox } from './mutants/sandbox.mjs';

const AREAS = {
  core: { count: 40, files: ['src/core/**'] },
  supervisor: { count: 40, files: ['src/supervisor/**'] },
  pool: { count: 40, files: ['src/pool/**', '!src/pool/channels/boot/**'] },
  workers: { count: 20, files: ['src/services/workers/**'] },
  jobs: { count: 20, files: ['src/services/jobs/**'] },
  locks: { count: 20, files: ['src/locks/**', 'src/pool/conversations/locks/**', 'src/core/lock-table.ts'] },
};

/** Tests of other things than what these areas do, tests that take minutes, and one that changes the built text itself. */
const NOT_RUN =
  /\/(loading|hostile|cli|types)\/|house|documents|api-page|package|newcomer|seed|single-executable|never-began|elsewhere|simulator/;

/** With `--quick` a test file takes less than this. */
const QUICK_MS = 5_000;

const LEAST_KILLED = 0.9;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}packages/atasker/`;
const cacheFolder = `${root}node_modules/.cache/mutants`;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    only: { type: 'string' },
    run: { type: 'string' },
    quick: { type: 'boolean' },
    list: { type: 'boolean' },
  },
});

const seed = Number(options.seed ?? Math.floor(Math.random() * 1e9));
const chosen = Object.entries(AREAS).filter(([area]) => options.only === undefined || area === options.only);
if (chosen.length === 0) {
  console.error(`--only must be one of ${Object.keys(AREAS).join(', ')}`);
  process.exit(2);
}
console.log(`seed ${seed}`);
const plan = chosen.flatMap(([area, { count, files }]) =>
  sample(mutationsIn(files), Number(options.count ?? count), random(seed)).map((mutation) => ({ area, mutation })),
);
if (options.list) for (const { area, mutation } of plan) console.log(`${area}  ${mutation.id}`);
else process.exitCode = (await tryAll(plan)) ? 0 : 1;

function mutationsIn(patterns) {
  const all = globSync(patterns, { cwd: folder })
    .toSorted()
    .flatMap((path) => analysed(path).mutations);
  return options.run === undefined ? all : all.filter(({ id }) => id === options.run);
}

function analysed(path) {
  return analyse(path, readFileSync(folder + path, 'utf8'));
}

async function tryAll(planned) {
  const sandbox = new Sandbox();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      endTests();
      sandbox.remove();
      process.exit(1);
    });
  try {
    const covered = await coverage(sandbox, sources(), tests(), cacheFolder, progress);
    const results = [];
    for (const [index, { area, mutation }] of planned.entries()) {
      progress(`${index + 1} of ${planned.length}: ${mutation.id}`);
      const result = { area, mutation, ...(await tryOne(sandbox, covered, mutation)) };
      results.push(result);
      tell(result);
    }
    progress('');
    return report(results);
  } finally {
    sandbox.remove();
  }
}

/** The sources of all areas: whatever is chosen, one pass over the tests serves every run. */
function sources() {
  const patterns = Object.values(AREAS).flatMap(({ files }) => files);
  return new Map(globSync(patterns, { cwd: folder }).map((path) => [path, readFileSync(folder + path, 'utf8')]));
}

function tests() {
  return globSync('build/test/**/*.test.js', { cwd: folder })
    .filter((path) => !NOT_RUN.test(path))
    .toSorted();
}

/** Runs the tests that run the changed function until one fails: those of its folder, then the others; the quickest first. */
async function tryOne(sandbox, covered, { file, owner, start, end, replacement }) {
  const text = readFileSync(folder + file, 'utf8');
  const name = nameOf(file, analyse(file, text).functions[owner].start);
  const all = Object.entries(covered)
    .filter(([, { functions }]) => functions.includes(name))
    .filter(([test, { ms }]) => options.quick !== true || ms < QUICK_MS || isNear(file, test))
    .toSorted(([a, { ms: first }], [b, { ms: second }]) => isNear(file, b) - isNear(file, a) || first - second);
  try {
    await sandbox.write(new Map([[file, text.slice(0, start) + replacement + text.slice(end)]]));
  } catch {
    return { killedBy: 'the build', passed: [] };
  }
  const passed = [];
  try {
    for (const [test, { ms }] of all) {
      const failure = await failureOf(sandbox, test, 3 * ms + 10_000);
      if (failure !== null) return { killedBy: failure, passed };
      passed.push(test);
    }
    return { killedBy: null, passed };
  } finally {
    sandbox.restore([file]);
  }
}

/** Whether a test file is that of the folder of `src` in which the source is. */
function isNear(file, test) {
  return test.startsWith(`build/test/${file.split('/')[1]}`);
}

/** Gives the name of the test file if it fails, or takes too long, twice in a row; null if it passes. */
async function failureOf(sandbox, test, limitMs) {
  const first = await runTest(sandbox, test, limitMs);
  if (first.isPassed) return null;
  const second = await runTest(sandbox, test, limitMs);
  if (second.isPassed) return null;
  return second.isLate ? `${test} (too long)` : test;
}

function isKilled({ killedBy }) {
  return killedBy !== null;
}

/** One line for a mutation that was killed; for one that was not, the change and the test files that did not notice. */
function tell({ area, mutation, killedBy, passed }) {
  progress('');
  if (killedBy !== null) {
    console.log(`killed (${area}): ${mutation.id} by ${killedBy}`);
    return;
  }
  const ran =
    passed.length === 0 ? '  no test runs this function' : passed.map((test) => `  passes: ${test}`).join('\n');
  console.log(`SURVIVED (${area}): ${mutation.id}\n${difference(mutation)}\n${ran}`);
}

function report(results) {
  for (const { area, mutation } of results.filter((result) => !isKilled(result)))
    console.log(`\nsurvived (${area}): ${mutation.id}\n${difference(mutation)}`);
  for (const [area] of chosen) {
    const own = results.filter((result) => result.area === area);
    console.log(`${area}: ${own.filter(isKilled).length} of ${own.length} killed`);
  }
  const killed = results.filter(isKilled).length;
  console.log(`all: ${killed} of ${results.length} killed, seed ${seed}`);
  return killed >= LEAST_KILLED * results.length;
}

function difference({ file, start, end, replacement }) {
  const text = readFileSync(folder + file, 'utf8');
  return `  - ${text.slice(start, end)}\n  + ${replacement}`;
}

function sample(all, count, next) {
  const left = [...all];
  const taken = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(Math.floor(next() * left.length), 1));
  return taken;
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function random(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
