// Runs the built tests of every workspace: npm test, or node scripts/test.mjs backlog limits
// Each argument is a part of a test's path, without build/test: packages/, loading/, backlog. Without one every test runs.

import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';

const filters = process.argv.slice(2);
const files = globSync(['packages/*/build/test/**/*.test.js', '{examples,bench}/build/test/**/*.test.js'])
  .filter(
    (file) => filters.length === 0 || filters.some((filter) => file.replace('/build/test/', '/').includes(filter)),
  )
  .toSorted();

if (files.length === 0) {
  console.error(`No test file found${filters.length > 0 ? ` for ${filters.join(', ')}` : ''}. Is it built?`);
  process.exit(1);
}

const options = ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=2'];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
