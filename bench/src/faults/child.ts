/** One cell in a program of its own: child.js ROW COLUMN. Tells its facts on a pipe. cells.ts is the other end. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPool, Form } from './contenders/contender.ts';
import { importContender, type ColumnName } from './contenders/index.ts';
import { INNOCENT_VALUE, ORDINARY_TASKS, settlement, type Facts, type Settlement } from './facts.ts';
import { formOf, ROWS, type RowName } from './rows/index.ts';
import type { Row } from './rows/row.ts';

/** For the task, for what comes after it, and to close the pool. */
const LIMIT_MS = 8_000;

const PIPE = 3;

const [rowName, column] = process.argv.slice(2) as [RowName, ColumnName];
await run(ROWS[rowName], formOf(rowName, column)!);

/** Then nothing is left to do, and the program has to end by itself. */
async function run(row: Row, form: Form): Promise<void> {
  const contender = await importContender(column);
  const open = (): FaultPool => contender.open({ form, onError: console.error, ...row.needs });
  const pool = open();
  await pool.run('increment', 1);
  tell({ ready: true });
  const trial = { pool, open, openWithPriorities: () => contender.openWithPriorities(form), column };
  const task = settlement(() => row.submit(trial), LIMIT_MS);
  const innocent =
    row.idleMs === undefined ? runInnocent(pool) : task.then(() => sleep(row.idleMs)).then(() => runInnocent(pool));
  tell({ task: await task });
  tell({ innocent: await innocent });
  tell({ after: await runOrdinary(pool) });
  tell({ closed: (await settlement(() => pool.close(), LIMIT_MS)).state });
}

function runInnocent(pool: FaultPool): Promise<Settlement> {
  return settlement(() => pool.run('pause', INNOCENT_VALUE), LIMIT_MS);
}

async function runOrdinary(pool: FaultPool): Promise<number> {
  const starts = Array.from({ length: ORDINARY_TASKS }, (_, index) =>
    settlement(() => pool.run('increment', index), LIMIT_MS),
  );
  const ends = await Promise.all(starts);
  return ends.filter((end, index) => end.state === 'completed' && end.value === index + 1).length;
}

/** Synchronously: the program may die next. A fact that decides the cell is the last one. */
function tell(facts: Facts): void {
  writeSync(PIPE, `${JSON.stringify(facts)}\n`);
  if (facts.task?.state === 'pending' || facts.innocent?.state === 'pending') process.exit(1);
}
