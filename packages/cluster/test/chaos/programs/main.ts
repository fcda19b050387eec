/** npm run cluster:chaos -- [--seed N] [--tasks N] [--level store|cluster] [--kill-submitters] [--fault NAME] [--history FILE] */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { excerpt, type Violation } from '../checker/check.ts';
import { chaos, type ChaosPlan } from './chaos.ts';
import { summary } from './summary.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
    tasks: { type: 'string', default: '10000' },
    level: { type: 'string', default: 'cluster' },
    'kill-submitters': { type: 'boolean', default: false },
    fault: { type: 'string' },
    history: { type: 'string' },
  },
});

/** Some of each rule. */
function firstOfEach(violations: readonly Violation[]): Violation[] {
  return violations.filter((one, n) => violations.slice(0, n).filter(({ rule }) => rule === one.rule).length < 3);
}

const plan: ChaosPlan = {
  seed: Number(options.seed),
  tasks: Number(options.tasks),
  level: options.level === 'store' ? 'store' : 'cluster',
  fault: options.fault ?? null,
  killSubmitters: options['kill-submitters'],
};
console.log(`seed ${plan.seed}, ${plan.tasks} tasks, level ${plan.level}`);
const result = await chaos(plan, console.log);
const { history, violations } = result;
if (options.history !== undefined)
  writeFileSync(options.history, history.map((event) => `${JSON.stringify(event)}\n`).join(''));
console.log(summary(result));
for (const { rule, message, id } of firstOfEach(violations)) {
  console.log(`\nBROKEN: ${rule}\n  ${id ?? ''} ${message}`);
  if (id !== null) for (const line of excerpt(history, id)) console.log(`    ${line}`);
}
console.log(violations.length === 0 ? 'no promise broken' : `${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);
