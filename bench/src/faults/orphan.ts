/** The program of the row `orphan`: orphan.js COLUMN. Prints the id of its process, makes that busy, and is killed. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { importContender, type ColumnName } from './contenders/index.ts';

const contender = await importContender(process.argv[2] as ColumnName);
const pool = contender.open({ form: 'processes', onError: console.error });
writeSync(1, `${(await pool.run('pid')) as number}`);
void Promise.resolve(pool.run('loops')).catch(() => {});
await sleep(300);
process.kill(process.pid, 'SIGKILL');
