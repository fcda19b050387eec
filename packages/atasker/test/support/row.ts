import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { packageFolder, type Finished } from './program.ts';
import { runtime, types } from './runtime.ts';

/** Where a row does not hold. */
export interface RowOptions {
  /** The reason why the program does not work, by runtime; `node` means every version of Node.js. */
  readonly except?: Readonly<Record<string, string>> | undefined;
  /** What it is about: other runtimes have nothing of the kind. */
  readonly only?: 'node' | 'node20';
}

/** What a program that ends well prints: all of it. */
export interface Expected {
  readonly stdout: RegExp;
  readonly stderr?: RegExp;
}

/** So that the table has the order of the files. */
let count = 0;

/**
 * A row of the table in docs/loading.md: programs that really run. Where it does not work, the test makes sure
 * that it does not, so that the table is true. `npm run test:runtimes` collects the rows.
 */
export function row(
  shows: string,
  run: () => Promise<void>,
  { except = {}, only = '' as never }: RowOptions = {},
): void {
  const why = except[runtime] ?? (runtime.startsWith('node') ? except['node'] : undefined);
  const place = `${basename(process.argv[1]!)} ${String(++count).padStart(3, '0')}`;
  if (!runtime.startsWith(only)) return;
  test(shows, async () => {
    if (why === undefined) await run();
    else await assert.rejects(run, { name: 'AssertionError' }, `works here after all: take back "${why}"`);
    record({ place, shows, runtime, why });
  });
}

/** Who writes the table collects the rows; in any other run the table must have them. */
function record(result: { place: string; shows: string; runtime: string; why: string | undefined }): void {
  const file = process.env['ATASKER_TEST_ROWS'];
  if (file !== undefined) return appendFileSync(file, `${JSON.stringify(result)}\n`);
  const page = readFileSync(`${packageFolder}../../docs/loading.md`, 'utf8');
  const hasRow = page.split('\n').some((line) => line.split('|')[1]?.trim() === result.shows);
  assert.ok(hasRow, `docs/loading.md lacks "${result.shows}": npm run test:runtimes -- --write`);
}

/** What each task type prints. */
export function forEachType(lines: string): RegExp {
  return new RegExp(`^(${lines}){${types.length}}$`);
}

export function assertFine({ stdout, stderr, code }: Finished, expected: Expected): void {
  assert.match(stdout, expected.stdout, stderr);
  assert.match(stderr, expected.stderr ?? /^$/);
  assert.equal(code, 0);
}
