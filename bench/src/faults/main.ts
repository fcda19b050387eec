/** npm run faults -- [--only ROW]… [--contender NAME]… [--json FILE] [--write] */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chosen, progress } from '../command.ts';
import { environment, load } from '../machine.ts';
import { runCells } from './cells.ts';
import { COLUMN_NAMES } from './contenders/index.ts';
import { writePage } from '../page.ts';
import { ROW_NAMES } from './rows/index.ts';
import { markdownTable, terminalTable } from './table.ts';

const HELP = `npm run faults -- [--only ROW]… [--contender NAME]… [--json FILE] [--write]

  --only ROW        this fault, may be given again: ${ROW_NAMES.join(', ')}
  --contender NAME  this contender, may be given again: ${COLUMN_NAMES.join(', ')}
  --json FILE       also write all that every program told
  --write           write the whole table to docs/faults.md: about ten minutes
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) console.log(HELP);
else await run();

async function run(): Promise<void> {
  const rows = chosen('only', options.only, ROW_NAMES) ?? ROW_NAMES;
  const columns = chosen('contender', options.contender, COLUMN_NAMES) ?? COLUMN_NAMES;
  const isWhole = rows.length === ROW_NAMES.length && columns.length === COLUMN_NAMES.length;
  if (options.write && !isWhole) {
    console.error('--write needs every row and every contender');
    process.exit(2);
  }
  const loadBefore = load();
  const cells = await runCells(rows, columns, progress);
  progress('');
  const { machine, node, versions } = environment();
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`${machine}; load ${loadBefore.toFixed(1)} before, ${load().toFixed(1)} after`);
  console.log(`node ${node}, ${names.join(', ')}\n`);
  console.log(terminalTable(cells));
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ node, versions, cells }, null, 2)}\n`);
  if (!options.write) return;
  const day = new Date().toISOString().slice(0, 10);
  writePage('faults.md', `${markdownTable(cells)}\n\nNode.js ${node.slice(1)}, ${names.join(', ')}; ${day}.`);
}
