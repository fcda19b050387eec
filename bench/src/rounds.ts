/**
 * Contenders take turns (A B C, B C A, …), each time in a process of its own, so that neither the
 * machine's moods nor what one leaves behind (compiled code, garbage, threads) favour anybody.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ContenderName } from './contenders/index.ts';
import { quickOf, rowOf, type RowName } from './rows/index.ts';
import { WrongResult, type Measurement, type Scale } from './rows/row.ts';

/** What a contender got in a row. */
export interface Series {
  readonly row: RowName;
  readonly contender: ContenderName;
  /** The values of each round, in the order of the row's metrics; null for a round that failed. */
  readonly rounds: (number[] | null)[];
  /** Why it takes part no more. */
  failure: string | null;
  /** What else is worth knowing of it. */
  readonly notes: string[];
}

export interface Plan {
  readonly rows: readonly RowName[];
  /** null: those of the row, or of a quick look at it. */
  readonly contenders: readonly ContenderName[] | null;
  readonly rounds: number;
  readonly scale: Scale;
}

const LIMIT_MS = 60_000;

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** @throws WrongResult if a contender gives a wrong value. */
export async function runRounds(plan: Plan, progress: (text: string) => void = () => {}): Promise<Series[]> {
  const { rows, rounds, scale } = plan;
  const all: Series[] = [];
  for (const row of rows) {
    const series = namesFor(row, plan).map((contender) => newSeries(row, contender));
    all.push(...series);
    for (let round = 0; round < rounds; round += 1) {
      for (const one of rotated(series, round)) {
        progress(`${row}, round ${round + 1} of ${rounds}: ${one.contender}`);
        one.rounds.push(one.failure === null ? await runOnce(one, scale) : null);
      }
    }
  }
  return all;
}

function namesFor(name: RowName, { contenders, scale }: Plan): readonly ContenderName[] {
  const row = rowOf(name);
  if (contenders !== null) return row.contenders.filter((one) => contenders.includes(one));
  return scale === 'quick' ? quickOf(row) : row.contenders;
}

function newSeries(row: RowName, contender: ContenderName): Series {
  return { row, contender, rounds: [], failure: null, notes: [] };
}

async function runOnce(series: Series, scale: Scale): Promise<number[] | null> {
  const { row, contender, rounds } = series;
  try {
    const { values, note } = await measureOnce(CHILD, row, contender, scale);
    if (note !== null) series.notes.push(`${note} (round ${rounds.length + 1})`);
    return values;
  } catch (error) {
    series.failure = `round ${rounds.length + 1}: ${describe(error)}`;
    if (isWrongResult(error)) throw new WrongResult(`${row}, ${contender}, ${series.failure}`, { cause: error });
    return null;
  }
}

/** Measures in a process of its own, which runs `child`. @throws if the process fails, or takes too long */
export async function measureOnce(
  child: string,
  row: RowName,
  contender: ContenderName,
  scale: Scale,
): Promise<Measurement> {
  const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [child, row, contender, scale], options);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measurement;
}

function isWrongResult(error: unknown): boolean {
  return (error as { code?: unknown }).code === WrongResult.exitCode;
}

/** What became of the child. */
export function describe(error: unknown): string {
  const { killed, code, stderr } = error as { killed?: boolean; code?: number | string; stderr?: string };
  if (killed) return `no result within ${LIMIT_MS / 1e3} s`;
  return stderr === undefined ? String(error) : `ended with ${code}: ${stderr.trim()}`;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
