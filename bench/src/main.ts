/** npm run bench -- [--quick] [--rounds N] [--only ROW]… [--contender NAME]… [--json FILE] [--write] [--against FILE.tgz] */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare } from './against.ts';
import { chosen, progress } from './command.ts';
import { CONTENDERS } from './contenders/index.ts';
import { environment, load } from './machine.ts';
import { writePage, writePicture } from './page.ts';
import { picture } from './picture.ts';
import { runRounds, type Plan } from './rounds.ts';
import { NOT_QUICK, ROW_NAMES } from './rows/index.ts';
import { summarise } from './summary.ts';
import { markdownTable, terminalTable } from './table.ts';
import { verdicts } from './verdict.ts';

/** By the major versions of Node.js. */
const PAGES: Readonly<Record<string, string>> = { 20: 'performance.md', 24: 'performance-node24.md' };

const PAGE = PAGES[process.versions.node.split('.', 1)[0]!];

/** Of a machine that does nothing else. */
const MOST_LOAD = 0.5;

const HELP = `npm run bench -- [--quick] [--rounds N] [--only ROW]… [--contender NAME]… [--json FILE] [--write]
npm run bench -- --against FILE.tgz [--quick] [--only ROW]… [--contender NAME]…

  --quick           fewer tasks, peers and rounds, without ${NOT_QUICK.join(', ')}: under two minutes on a quiet machine
  --rounds N        how many rounds; without it 5, or 3 quick ones
  --only ROW        this row of work, may be given again: ${ROW_NAMES.join(', ')}
  --contender NAME  this contender, may be given again: ${CONTENDERS.join(', ')}
  --against FILE    compare this checkout with a packed version of atasker, in 7 rounds in turns; fails if a median
                    ratio, or the size of the package, is worse by more than 5 %
  --json FILE       also write the values of every round
  --write           write the tables, and on Node.js 20 the picture, to the page in docs/ for this Node.js (20 or 24)

10,000,000 tasks and what they leave behind are measured by npm run soak.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    against: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) console.log(HELP);
else if (options.against === undefined) await run(plan());
else process.exitCode = (await compare({ ...plan(), tarball: options.against, rounds: 7 }, progress)) ? 0 : 1;

function plan(): Plan {
  if (options.write && (options.only !== undefined || options.contender !== undefined)) {
    console.error('--write needs every row and every contender');
    process.exit(2);
  }
  if (options.write && PAGE === undefined) {
    console.error(`--write needs Node.js ${Object.keys(PAGES).join(' or ')}`);
    process.exit(2);
  }
  const defaultRows = ROW_NAMES.filter((name) => !options.quick || !NOT_QUICK.includes(name));
  const rows = chosen('only', options.only, ROW_NAMES) ?? defaultRows;
  const contenders = chosen('contender', options.contender, CONTENDERS);
  return { rows, contenders, rounds: roundsOf(options), scale: options.quick ? 'quick' : 'full' };
}

function roundsOf({ rounds, quick }: { readonly rounds?: string; readonly quick: boolean }): number {
  const count = Number(rounds ?? (quick ? 3 : 5));
  if (Number.isInteger(count) && count > 0) return count;
  console.error(`--rounds takes a whole number above 0, not ${rounds}`);
  process.exit(2);
}

async function run(work: Plan): Promise<void> {
  const loadBefore = load();
  const series = await runRounds(work, progress);
  progress('');
  const { machine, node, versions } = environment();
  const [lines, targets] = [summarise(series), verdicts(series)];
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const where = [
    `${machine}; load ${loadBefore.toFixed(1)} before, ${load().toFixed(1)} after`,
    `Node.js ${node.slice(1)}, ${names.join(', ')}`,
    `medians of ${work.rounds} ${work.scale} rounds in which all take turns, a fresh process each`,
  ];
  const remarks = lines.flatMap(({ row, contender, failure, notes }) =>
    [...notes, failure ?? []].flat().map((remark) => `${row}, ${contender}: ${remark}`),
  );
  const head = [...where, ...caveats(work, loadBefore)].join('\n');
  console.log([head, terminalTable(lines, targets, work.scale), ...remarks].join('\n\n'));
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ machine, node, versions, ...work, series, lines }, null, 2)}\n`);
  }
  if (!options.write || PAGE === undefined) return;
  const day = new Date().toISOString().slice(0, 10);
  const list = [...where, ...caveats(work, loadBefore), day, ...remarks]
    .map((text) => `- ${text.split('\n', 1)[0]}`)
    .join('\n');
  writePage(PAGE, `${list}\n\n${markdownTable(lines, targets, work.scale)}`);
  if (PAGE === 'performance.md') writePicture('performance.svg', picture(lines, work.scale));
}

/** The reasons why the numbers should not be quoted. */
function caveats({ scale }: Plan, loadBefore: number): string[] {
  const quick = scale === 'quick' ? ['a quick run, with fewer tasks, rounds and peers than a full one'] : [];
  return loadBefore > MOST_LOAD ? [...quick, 'taken on a machine that had other work: to be repeated'] : quick;
}
