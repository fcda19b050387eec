/** Every cell is a program of its own, so that one that hangs or dies is seen as just that. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { ColumnName } from './contenders/index.ts';
import type { Facts } from './facts.ts';
import { judge, type Ending, type Report } from './judge.ts';
import { formOf, ROWS, type RowName } from './rows/index.ts';
import type { Verdict } from './rules.ts';

export interface Cell extends Report {
  readonly row: RowName;
  readonly column: ColumnName;
  /** null: it cannot have this fault. */
  readonly verdict: Verdict | null;
}

/** A little more than a program has for each of its steps. */
const SILENCE_MS = 11_000;

/** As many at a time as a small machine has processors. */
const AT_ONCE = 2;

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

export async function runCells(
  rows: readonly RowName[],
  columns: readonly ColumnName[],
  progress: (text: string) => void = () => {},
): Promise<Cell[]> {
  const names = rows.flatMap((row) => columns.map((column) => ({ row, column })));
  const cells: Cell[] = [];
  let next = 0;
  const runNext = async (): Promise<void> => {
    while (next < names.length) {
      const index = next++;
      const { row, column } = names[index]!;
      progress(`${index + 1} of ${names.length}: ${row}, ${column}`);
      cells[index] = await runCell(row, column);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  return cells;
}

async function runCell(row: RowName, column: ColumnName): Promise<Cell> {
  if (formOf(row, column) === null) return { row, column, verdict: null, facts: {}, ending: NOT_RUN };
  let report = await reportOf(row, column);
  if (OF_OTHERS.has(report.ending.signal)) report = await reportOf(row, column);
  // Otherwise the fault has not been tried, and the cell would be wrong.
  if (!report.facts.ready) throw new Error(`${column} ran no ordinary task in row ${row}: ${inspect(report.ending)}`);
  return { row, column, verdict: judge(ROWS[row].rule, report), ...report };
}

/** No fault sends one of these signals to the program of a cell: another program has ended it, so it runs again. */
const OF_OTHERS: ReadonlySet<string | null> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

const NOT_RUN: Ending = { code: null, signal: null, timedOut: false };

async function reportOf(row: RowName, column: ColumnName): Promise<Report> {
  // Its own process group, so that nothing that a contender leaves behind outlives its cell.
  const child = spawn(process.execPath, [CHILD, row, column], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let facts: Facts = {};
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, SILENCE_MS);
  let text = '';
  const pipe = child.stdio[3] as Readable;
  pipe.setEncoding('utf8').on('data', (part: string) => {
    limit.refresh();
    text += part;
    facts = factsIn(text);
  });
  const exited = new Promise<Pick<Ending, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const drained = new Promise((resolve) => pipe.once('close', resolve));
  const { code, signal } = await exited;
  clearTimeout(limit);
  killGroup(child);
  await drained;
  return { facts, ending: { code, signal, timedOut } };
}

/** One JSON object for each line that is whole. */
function factsIn(text: string): Facts {
  const lines = text.split('\n').slice(0, -1);
  return Object.assign({}, ...lines.map((line) => JSON.parse(line) as Facts)) as Facts;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
