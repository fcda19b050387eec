import type { TaskOptions } from 'atasker';
import { defineCommand } from 'citty';
import { chooseSource, type Source } from './inputs.ts';
import { Interrupts } from './interrupts.ts';
import { writeOut } from './output.ts';
import { startProgress } from './progress.ts';
import { resultLine } from './result-line.ts';
import { Submissions } from './submissions.ts';
import { findTaskFunction, type Found } from './task-file.ts';
import { TASK_ARGS, taskOptions } from './task-options.ts';
import { UsageError } from './usage.ts';

/** `atasker map tasks.js#hash [INPUT…]` */
export const map = defineCommand({
  meta: {
    name: 'map',
    description: 'Runs a task function over many inputs, in parallel, and prints a line of JSON for each',
  },
  args: {
    ...TASK_ARGS,
    inputs: { type: 'positional', description: 'The inputs, as many as you like', required: false },
    files: { type: 'string', description: 'The inputs are the paths that match', valueHint: 'GLOB' },
    stdin: { type: 'boolean', description: 'The inputs are the lines of standard input' },
    json: { type: 'boolean', description: 'Each input is JSON, not text' },
    args: {
      type: 'string',
      description: 'More arguments for every call, after its input, if the function takes more than one',
      valueHint: 'JSON-ARRAY',
    },
    unordered: { type: 'boolean', description: 'Prints results as they come, not in the order of the inputs' },
  },
  run: async ({ args }) => {
    const found = await findTaskFunction(args.task);
    const source = await chooseSource({ ...args, values: args._.slice(1) });
    const options = taskOptions(args, found);
    return mapInputs({ source, found, options, args: moreArguments(args.args), ordered: args.unordered !== true });
  },
});

/** @throws UsageError if it is not an array in JSON */
function moreArguments(json: string | undefined): unknown[] {
  if (json === undefined) return [];
  const array = parsed(json);
  if (!Array.isArray(array)) throw new UsageError(`--args takes an array in JSON, as in '["pepper"]', got ${json}`);
  return array;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

interface MapJob {
  readonly source: Source;
  readonly found: Found;
  readonly options: TaskOptions;
  /** What every call gets after its input. */
  readonly args: unknown[];
  readonly ordered: boolean;
}

async function mapInputs({ source, found, options, args, ordered }: MapJob): Promise<number> {
  const { taskSupervisor } = found.library;
  const submissions = new Submissions(taskSupervisor, options.priority);
  const task = found.taskFunction.with({ ...options, supervisor: submissions });
  const interrupts = new Interrupts(() => submissions.withdrawWaiting());
  const ends = task.map(source.inputs(interrupts.stop), { ordered, args }).settled();
  const failures = await printEnds(ends, submissions, source.total);
  await taskSupervisor.stop();
  if (failures > 0) hintAtArgs(found.taskFunction.fn.length, args.length + 1);
  return interrupts.exitCode ?? (failures > 0 ? 1 : 0);
}

/** A task function that was called with too little often fails, and does not say why. */
function hintAtArgs(parameters: number, given: number): void {
  if (parameters <= given) return;
  const fact = `the task function takes ${parameters} arguments, and each call got ${given}`;
  process.stderr.write(`atasker: ${fact}; --args '["pepper"]' gives every call more, after its input\n`);
}

type Ends = ReturnType<ReturnType<Found['taskFunction']['map']>['settled']>;

/** Prints what comes, until it ends or nobody reads. @returns how many failed */
async function printEnds(ends: Ends, submissions: Submissions, total: number | null): Promise<number> {
  const progress = startProgress(total);
  let failures = 0;
  try {
    for await (const end of ends) {
      const task = submissions.take(end.index);
      if (task === null) continue;
      const { text, isFailure } = resultLine(end, task);
      if (isFailure) failures += 1;
      progress.advance(failures);
      progress.hide();
      if (!(await writeOut(text))) break;
    }
  } finally {
    progress.stop();
  }
  return failures;
}
