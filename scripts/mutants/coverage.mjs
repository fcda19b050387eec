// Which test files run which functions. Each function of an instrumented build tells when it runs for the first time in
// its thread or process, so functions that run only in members count too.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { globSync } from 'tinyglobby';
import { analyse } from './operators.mjs';
import { runTest } from './run-test.mjs';

/** The module through which functions tell that they run. User code in the tests may replace any built-in later. */
const HITS = `import { appendFileSync } from 'node:fs';
const file = process.env.ATASKER_MUTANTS_HITS;
const seen = new Uint8Array(1 << 16);
export function __hit(number) {
  if (seen[number] === 1 || file === undefined) return;
  seen[number] = 1;
  try { appendFileSync(file, number + '\\n'); } catch {}
}
`;

/**
 * Gives, for each test file, how long it takes in ms and the functions that it runs, as `FILE#START`. What was found is
 * kept in the cache folder for each test file, until the file, the sources, or what all tests share is changed.
 */
export async function coverage(sandbox, sources, tests, cacheFolder, progress) {
  const cache = join(cacheFolder, `${hashOf([...sources.entries(), ...shared(sandbox)])}.json`);
  const known = existsSync(cache) ? JSON.parse(readFileSync(cache, 'utf8')) : {};
  const hashes = new Map(tests.map((test) => [test, hashOf([[test, readFileSync(join(sandbox.folder, test))]])]));
  const missing = tests.filter((test) => known[test]?.hash !== hashes.get(test));
  const names = missing.length === 0 ? [] : await instrument(sandbox, sources);
  mkdirSync(cacheFolder, { recursive: true });
  for (const [index, test] of missing.entries()) {
    progress(`coverage, ${index + 1} of ${missing.length}: ${test}`);
    known[test] = { hash: hashes.get(test), ...(await run(sandbox, test, names)) };
    writeFileSync(cache, JSON.stringify(known));
  }
  if (missing.length > 0) sandbox.restore(sources.keys());
  for (const test of tests) if (known[test].functions === null) console.log(`left out, it fails as it is: ${test}`);
  const used = tests.map((test) => [test, known[test]]).filter(([, { functions }]) => functions !== null);
  return Object.fromEntries(used);
}

/** What one test file runs; `functions` is null if the file fails. */
async function run(sandbox, test, names) {
  const hits = join(sandbox.root, 'hits');
  rmSync(hits, { force: true });
  const { isPassed, ms } = await runTest(sandbox, test, 300_000, { ATASKER_MUTANTS_HITS: hits });
  const numbers = existsSync(hits) ? readFileSync(hits, 'utf8').split('\n').filter(Boolean) : [];
  return { ms, functions: isPassed ? [...new Set(numbers.map((number) => names[number]))] : null };
}

/** The files that several tests may use, with their texts. */
function shared({ folder }) {
  const patterns = ['build/test/**/*.js', '!**/*.test.js', 'test/fixtures/**', '!**/node_modules/**'];
  const files = globSync(patterns, { cwd: folder }).toSorted();
  return files.map((file) => [file, readFileSync(join(folder, file))]);
}

function hashOf(pairs) {
  const hash = createHash('sha256');
  for (const [path, text] of pairs) hash.update(path).update(text);
  return hash.digest('hex').slice(0, 16);
}

/** Builds with a call at the start of each function; gives the names of the functions by number. */
async function instrument(sandbox, sources) {
  const module = join(sandbox.root, 'hits.mjs');
  writeFileSync(module, HITS);
  const names = [];
  const texts = new Map();
  for (const [path, text] of sources) {
    const insertions = [];
    for (const { start, end, isExpression } of analyse(path, text).functions) {
      const call = `__hit(${names.length})`;
      names.push(nameOf(path, start));
      if (isExpression) insertions.push({ at: start, text: `(${call}, ` }, { at: end, text: ')' });
      else insertions.push({ at: start + 1, text: `${call};` });
    }
    texts.set(path, `import { __hit } from '${pathToFileURL(module).href}';\n${inserted(text, insertions)}`);
  }
  await sandbox.write(texts);
  return names;
}

function inserted(text, insertions) {
  let result = text;
  for (const { at, text: piece } of insertions.toSorted((a, b) => b.at - a.at))
    result = result.slice(0, at) + piece + result.slice(at);
  return result;
}

export const nameOf = (path, start) => `${path}#${start}`;
