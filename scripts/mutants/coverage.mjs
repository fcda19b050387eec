// Which test files run which functions. Each function of an instrumented build tells when it runs for the first time in
// its thread or process, so functions that run only in members count too.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

/** Gives, for each test file, how long it takes in ms and the functions that it runs, as `FILE#START`. */
export async function coverage(sandbox, sources, tests, cacheFolder, progress) {
  const hash = createHash('sha256');
  for (const [path, text] of sources) hash.update(path).update(text);
  for (const test of tests) hash.update(test).update(readFileSync(join(sandbox.folder, test)));
  const cache = join(cacheFolder, `${hash.digest('hex').slice(0, 16)}.json`);
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, 'utf8'));
  const names = await instrument(sandbox, sources);
  const found = {};
  for (const [index, test] of tests.entries()) {
    progress(`coverage, ${index + 1} of ${tests.length}: ${test}`);
    const hits = join(sandbox.root, `hits-${index}`);
    const { isPassed, ms } = await runTest(sandbox, test, 300_000, { ATASKER_MUTANTS_HITS: hits });
    if (!isPassed) {
      console.error(`left out, for it fails without a mutation: ${test}`);
      continue;
    }
    const numbers = existsSync(hits) ? readFileSync(hits, 'utf8').split('\n').filter(Boolean) : [];
    found[test] = { ms, functions: [...new Set(numbers.map((number) => names[number]))] };
  }
  sandbox.restore(sources.keys());
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(cache, JSON.stringify(found));
  return found;
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
