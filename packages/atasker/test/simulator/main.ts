/**
 * npm run simulate -- [--seconds N] [--first N] [--programs N] [--members thread|process] [--transport shared|message]
 * npm run simulate -- --seed N [--members …] [--transport …] [--only N,N,…] [--schedule N] [--trace]
 */
import { parseArgs } from 'node:util';
import type { Plan, Result } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    first: { type: 'string' },
    programs: { type: 'string', default: 'Infinity' },
    deeds: { type: 'string', default: '60' },
    members: { type: 'string' },
    transport: { type: 'string' },
    only: { type: 'string' },
    schedule: { type: 'string', default: '0' },
    trace: { type: 'boolean', default: false },
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
const base = {
  deeds: Number(options.deeds),
  only: options.only === undefined ? null : options.only.split(',').map(Number),
  schedule: Number(options.schedule),
};

process.removeAllListeners('warning'); // those of the simulated programs say nothing about this one
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
    const result = await simulate({ ...base, seed: first + runs, ...kinds[runs % kinds.length]! });
    steps += result.steps;
    if (result.violation !== null) return await failed(result);
  }
  console.log(`${runs.toLocaleString('en')} programs, ${steps.toLocaleString('en')} steps, no rule broken`);
  return 0;
}

async function replay(seed: number): Promise<number> {
  for (const kind of kinds) {
    const result = await simulate({ ...base, seed, ...kind }, options.trace ? console.log : null);
    console.log(`${nameOf(result.plan)}: ${result.steps} steps, ${result.violation?.message ?? 'no rule broken'}`);
    if (result.violation === null) continue;
    if (options.only === undefined) return await failed(result);
    tell(result);
    return 1;
  }
  return 0;
}

async function failed(result: Result): Promise<number> {
  tell(result);
  const small = await shrink(result);
  console.log(`\nThe same rule with ${small.done.size} of ${result.done.size} deeds:`);
  tell(small);
  return 1;
}

/** Prints which rule was broken, by which deeds, and how to see it again. */
function tell({ plan, steps, done, violation }: Result): void {
  console.log(`${nameOf(plan)}, step ${steps}: ${violation?.stack}`);
  for (const deed of done.values()) console.log(`  ${deed}`);
  console.log(`npm run simulate -- ${replayOf(plan)}`);
}

function nameOf({ seed, tt, transport }: Plan): string {
  return `seed ${seed}, ${tt}, ${transport}`;
}

function replayOf({ seed, tt, transport, deeds, only, schedule }: Plan): string {
  const kind = `--seed ${seed} --members ${tt} --transport ${transport}`;
  const program = only === null ? ` --deeds ${deeds}` : ` --only ${only.join(',')}`;
  return `${kind}${program}${schedule === 0 ? '' : ` --schedule ${schedule}`}`;
}
