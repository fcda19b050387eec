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
    unordered: { type: 'boolean', description: 'Prints results as they come, not in the order of the inputs' },
  },
  run: async ({ args }) => {
    const found = await findTaskFunction(args.task);
    const source = await chooseSource({ ...args, values: args._.slice(1) });
    return mapInputs({ source, found, options: taskOptions(args, found), ordered: args.unordered !== true });
  },
});

interface MapJob {
  readonly source: Source;
  readonly found: Found;
  readonly options: TaskOptions;
  readonly ordered: boolean;
}

async function mapInputs({ source, found, options, ordered }: MapJob): Promise<number> {
  const { taskSupervisor } = found.library;
  const submissions = new Submissions(taskSupervisor, options.priority);
  const task = found.taskFunction.with({ ...options, supervisor: submissions });
  const interrupts = new Interrupts(() => submissions.withdrawWaiting());
  const ends = task.map(source.inputs(interrupts.stop), { ordered }).settled();
  const failures = await printEnds(ends, submissions, source.total);
  await taskSupervisor.stop();
  return interrupts.exitCode ?? (failures > 0 ? 1 : 0);
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
