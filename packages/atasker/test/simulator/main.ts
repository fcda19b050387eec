/**
 * npm run simulate -- [--seconds N] [--first N] [--programs N] [--members thread|process] [--transport shared|message]
 * npm run simulate -- --seed N [--members …] [--transport …]
 */
import { parseArgs } from 'node:util';
import { shrink } from './shrink.ts';
import { simulate, type Plan, type Result } from './simulate.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    first: { type: 'string' },
    programs: { type: 'string', default: 'Infinity' },
    deeds: { type: 'string', default: '60' },
    members: { type: 'string' },
    transport: { type: 'string' },
  },
});

const KINDS = [
  { tt: 'thread', transport: 'shared' },
  { tt: 'thread', transport: 'message' },
  { tt: 'process', transport: 'shared' },
] as const;

const kinds = KINDS.filter(
  ({ tt, transport }) =>
    (options.members === undefined || options.members === tt) &&
    (options.transport === undefined || options.transport === transport),
);
const deeds = Number(options.deeds);
const without: ReadonlySet<number> = new Set();

process.exit(options.seed === undefined ? await search() : await replay(Number(options.seed))); // what a broken run has left behind keeps nothing alive

/** Runs programs, with fresh seeds or from a first one on, until the time is over, all have run, or a rule is broken. */
async function search(): Promise<number> {
  const endAt = performance.now() + 1_000 * Number(options.seconds);
  const first = Number(options.first ?? Math.floor(Math.random() * 2 ** 31));
  const most = Number(options.programs);
  let steps = 0;
  let runs = 0;
  console.log(`seeds from ${first}`);
  for (; runs < most && performance.now() < endAt; runs += 1) {
    const result = await simulate({ seed: first + runs, ...kinds[runs % kinds.length]!, deeds, without });
    steps += result.steps;
    if (result.violation !== null) return await failed(result);
  }
  console.log(`${runs.toLocaleString('en')} programs, ${steps.toLocaleString('en')} steps, no rule broken`);
  return 0;
}

async function replay(seed: number): Promise<number> {
  for (const kind of kinds) {
    const result = await simulate({ seed, ...kind, deeds, without });
    console.log(`${nameOf(result.plan)}: ${result.steps} steps, ${result.violation?.message ?? 'no rule broken'}`);
    if (result.violation !== null) return await failed(result);
  }
  return 0;
}

async function failed(result: Result): Promise<number> {
  console.log(`${nameOf(result.plan)}, step ${result.steps}: ${result.violation?.stack}`);
  const small = await shrink(result);
  const left = small.plan.deeds - small.plan.without.size;
  console.log(`with ${left} of ${result.deeds} deeds: step ${small.steps}: ${small.violation?.message}`);
  console.log(
    `npm run simulate -- --seed ${result.plan.seed} --members ${result.plan.tt} --transport ${result.plan.transport}`,
  );
  return 1;
}

function nameOf({ seed, tt, transport }: Plan): string {
  return `seed ${seed}, ${tt}, ${transport}`;
}
