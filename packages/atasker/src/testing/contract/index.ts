import type { ContractRow } from './row.ts';
import { cancelRows } from './rows-cancel.ts';
import { endRows } from './rows-ends.ts';
import { lifeRows } from './rows-life.ts';
import { loadRows } from './rows-load.ts';
import { lockRows } from './rows-locks.ts';
import { matrixRows } from './rows-matrix.ts';
import { progressRows } from './rows-progress.ts';
import { startRows } from './rows-starts.ts';
import { thrownRows } from './rows-thrown.ts';
import { valueRows } from './rows-values.ts';

/**
 * What every executor must do whatever happens, as rows that only need `node:assert`. Each row that applies
 * really does what its name says, in a supervisor of its own.
 *
 * @example
 * for (const row of executorContract.filter((each) => appliesTo(each, subject))) {
 *   test(`${row.group}: ${row.name}`, { timeout: 60_000 }, () => row.run(subject));
 * }
 */
export const executorContract: readonly ContractRow[] = [
  ...thrownRows,
  ...valueRows,
  ...endRows,
  ...loadRows,
  ...startRows,
  ...cancelRows,
  ...lifeRows,
  ...progressRows,
  ...lockRows,
  ...matrixRows,
];
