/**
 * Runs the contract of one executor without a test runner, for runtimes whose `node:test` is not whole:
 * `run.js EXECUTOR [FROM]` prints a line of JSON for each row, from that number on. elsewhere.ts reads them.
 */
import { appliesTo, executorContract } from 'atasker/testing';
import { exceptions, type ExecutorName, type OtherRuntime } from './exceptions.ts';
import { aloop, eventLoop, processes, threads } from './subjects.ts';

/** What one row has come to. */
export interface RowResult {
  readonly number: number;
  /** Its group and its name. */
  readonly name: string;
  /** Why the row does not hold; null if it does. */
  readonly why: string | null;
}

/** What is printed. */
export type RowLine =
  | { readonly is: 'begin'; readonly number: number; readonly name: string }
  | ({ readonly is: 'end' } & RowResult)
  | { readonly is: 'done' };

const LIMIT_MS = 60_000;

/** Bun and Deno have one transport for threads, whatever a program asks for. */
const subjects = { aloop, async: eventLoop, process: processes, thread: threads };

const [executor = 'async', from = '0'] = process.argv.slice(2) as [ExecutorName?, string?];
const runtime = (['bun', 'deno'] as const).find((name) => name in process.versions);
const subject = subjects[executor];
const rows = executorContract.filter((row) => appliesTo(row, subject));

for (let number = Number(from); number < rows.length; number += 1) {
  const row = rows[number]!;
  const name = `${row.group}: ${row.name}`;
  if (runtime !== undefined && isNotTried(runtime, name)) continue;
  tell({ is: 'begin', number, name });
  const why = await Promise.race([whyNot(row.run(subject)), late()]);
  tell({ is: 'end', number, name, why });
}
tell({ is: 'done' });
process.exit();

function isNotTried(name: OtherRuntime, row: string): boolean {
  const keeps = exceptions[name][executor];
  return typeof keeps !== 'string' && keeps.some((each) => each.row === row && each.isNotTried);
}

async function whyNot(run: Promise<void>): Promise<string | null> {
  try {
    await run;
    return null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function late(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`it hangs: it is not done after ${LIMIT_MS} ms`), LIMIT_MS);
  });
}

function tell(line: RowLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
