/**
 * What a task costs without wake-ups: `npm run cost`. Submit, thread and report in microseconds, and all of it in
 * multiples of a bare loop in the same process, because microseconds differ from machine to machine.
 */
import { pathToFileURL } from 'node:url';
import { backgroundTask } from '../../src/index.ts';
import { findByFunction } from '../../src/define/registry.ts';
import type { Call } from '../../src/task/call.ts';
import type { Task } from '../../src/task/types.ts';
import { BareLoop } from './bare-loop.ts';
import { OneThread } from './one-thread.ts';

/** How many tasks are submitted, run and reported together. */
const BATCH = 200;
const WARM_UP = 300;

const PHASES = ['submit', 'thread', 'report'] as const;
type Phase = (typeof PHASES)[number];

export interface Cost extends Record<Phase, number> {
  /** All phases together, in microseconds per task. */
  readonly all: number;
  /** The same for the bare loop. */
  readonly bare: number;
}

/** Taken before the thread replaces `process.exit`, as it does in a thread of its own. */
const exit = process.exit.bind(process);

const same = (value: number): number => value;

export async function measureCost(rounds: number): Promise<Cost> {
  const task = backgroundTask(same, { name: 'same', module: import.meta.url });
  const thread = new OneThread();
  await thread.open();
  const call = callOf(task);
  const bare = new BareLoop();
  const times: Record<Phase | 'bare', number[]> = { submit: [], thread: [], report: [], bare: [] };
  const keep = setInterval(() => {}, 1_000_000);
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    const tasks: Task[] = [];
    const marks = [now()];
    for (let n = 0; n < BATCH; n += 1) tasks.push(thread.submit(call(n)));
    marks.push(now());
    thread.work();
    marks.push(now());
    const results = Promise.all(tasks);
    await Promise.resolve();
    const before = now();
    thread.report(tasks.at(-1)!);
    marks.push(marks.at(-1)! + now() - before);
    if ((await results).at(-1) !== BATCH - 1) throw new Error('a wrong result');
    const start = now();
    const promises: Promise<number>[] = [];
    for (let n = 0; n < BATCH; n += 1) promises.push(bare.submit(n));
    bare.work(same);
    bare.report();
    const bareMs = now() - start;
    if ((await Promise.all(promises)).at(-1) !== BATCH - 1) throw new Error('a wrong result of the bare loop');
    if (round % 4 === 0) await new Promise(setImmediate);
    if (round < WARM_UP) continue;
    PHASES.forEach((phase, index) => times[phase].push(marks[index + 1]! - marks[index]!));
    times.bare.push(bareMs);
  }
  clearInterval(keep);
  const [submit, thread_, report, least] = [times.submit, times.thread, times.report, times.bare].map(lowQuartile);
  return { submit: submit!, thread: thread_!, report: report!, all: submit! + thread_! + report!, bare: least! };
}

function callOf(task: unknown): (n: number) => Call {
  const recipe = (task as Record<symbol, { definition: Call['target']; spec: Call['spec'] }>)[recipeKey(task)]!;
  if (findByFunction(same) === undefined) throw new Error('the task is not defined');
  return (n) => ({ target: recipe.definition, spec: recipe.spec, args: [n] });
}

function recipeKey(task: unknown): symbol {
  return Object.getOwnPropertySymbols(task)[0]!;
}

const now = (): number => performance.now() * 1_000;

/** What other programs do only makes a round slower, so the fast rounds count. */
function lowQuartile(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 2]! / BATCH;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cost = await measureCost(2_000);
  const { all, bare } = cost;
  if (process.argv[2] === '--json') console.log(JSON.stringify(cost));
  else {
    for (const [what, microseconds] of Object.entries(cost)) console.log(what.padEnd(7), microseconds.toFixed(3), 'µs');
    console.log('all / bare', (all / bare).toFixed(1));
  }
  exit();
}
