/** npm run bench -- [--quick] [--only ROW]… [--contender NAME]… [--json FILE] */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chosen, progress } from './command.ts';
import { CONTENDERS } from './contenders/index.ts';
import { environment, load } from './machine.ts';
import { runRounds, type Plan } from './rounds.ts';
import { NOT_QUICK, ROW_NAMES } from './rows/index.ts';
import { THREADS } from './rows/row.ts';
import { summarise } from './summary.ts';
import { table } from './table.ts';

const HELP = `npm run bench -- [--quick] [--only ROW]… [--contender NAME]… [--json FILE]

  --quick           fewer tasks, 3 rounds instead of 5, without ${NOT_QUICK.join(', ')}: about a minute
  --only ROW        this row of work, may be given again: ${ROW_NAMES.join(', ')}
  --contender NAME  this contender, may be given again: ${CONTENDERS.join(', ')}
  --json FILE       also write the values of every round
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) console.log(HELP);
else await run(plan());

function plan(): Plan {
  const defaultRows = ROW_NAMES.filter((name) => !options.quick || !NOT_QUICK.includes(name));
  const rows = chosen('only', options.only, ROW_NAMES) ?? defaultRows;
  const contenders = chosen('contender', options.contender, CONTENDERS) ?? CONTENDERS;
  return { rows, contenders, rounds: options.quick ? 3 : 5, scale: options.quick ? 'quick' : 'full' };
}

async function run(work: Plan): Promise<void> {
  const { machine, node, versions } = environment();
  const loadBefore = load();
  const series = await runRounds(work, progress);
  progress('');
  const lines = summarise(series);
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`${machine}; load ${loadBefore.toFixed(1)} before, ${load().toFixed(1)} after`);
  console.log(`node ${node}, ${names.join(', ')}`);
  console.log(
    `${THREADS} threads each; medians of ${work.rounds} rounds in which all take turns, a fresh process each\n`,
  );
  console.log(table(lines, work.scale));
  for (const { row, contender, failure, notes } of lines) {
    for (const remark of [...notes, failure ?? []].flat()) console.log(`\n${row}, ${contender}: ${remark}`);
  }
  if (options.json === undefined) return;
  writeFileSync(options.json, `${JSON.stringify({ machine, node, versions, ...work, series, lines }, null, 2)}\n`);
}
