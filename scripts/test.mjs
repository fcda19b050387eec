// Runs the built tests of every workspace: npm test, or node scripts/test.mjs backlog limits
// Each argument is a part of a test's path, without build/test: packages/, loading/, backlog; or the name of a group.
// Without an argument every test runs but those that take minutes.

import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';

/** Tests that belong together, wherever they are. */
const GROUPS = {
  // What depends on who is first: npm run test:races
  races: ['pool/', '/life/', 'contract/', 'start-stop', 'executors/', 'ahead', 'ending', 'faults.test', 'locks/'],
  // What takes seconds: npm run check:quick
  quick: ['/core/', '/wire/', 'run-queue/order', '/supervisor.test', 'bad-input', 'map.test', 'jobs/', 'documents'],
};

/** Tests that take minutes. */
const LONG = {
  // npm run test:loading
  loading: [
    'loading/programs',
    'loading/bundlers',
    'loading/test-runners',
    'loading/typescript',
    'boot/single-executable',
  ],
  // npm run test:remote
  remote: ['remote/contract-'],
  // npm run test:simulator
  simulator: ['simulator/planted'],
  // npm run test:cluster
  cluster: [
    'cluster/contract/',
    'chaos/programs/chaos',
    'store/sqlite-contract',
    'store/sqlite-kills',
    'store/sqlite-locked',
  ],
};

const filters = process.argv.slice(2).flatMap((name) => GROUPS[name] ?? LONG[name] ?? [name]);
const isLong = (path) => Object.values(LONG).some((names) => names.some((name) => path.includes(name)));
const isChosen = (path) => (filters.length === 0 ? !isLong(path) : filters.some((filter) => path.includes(filter)));
const files = globSync(['packages/*/build/test/**/*.test.js', '{examples,bench}/build/test/**/*.test.js'])
  .filter((file) => isChosen(file.replace('/build/test/', '/')))
  .toSorted();

if (files.length === 0) {
  console.error(`No test file found${filters.length > 0 ? ` for ${filters.join(', ')}` : ''}. Is it built?`);
  process.exit(1);
}

const options = ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=3'];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
