import type { TaskFunction } from 'atasker';
import { defineCommand } from 'citty';
import { inspect } from 'node:util';
import { Interrupts } from './interrupts.ts';
import { toJson } from './json.ts';
import { writeError, writeOut } from './output.ts';
import { findTaskFunction } from './task-file.ts';
import { TASK_ARGS, taskOptions } from './task-options.ts';

/** `atasker run tasks.js#hash ARG…` */
export const run = defineCommand({
  meta: { name: 'run', description: 'Runs a task function once and prints its result as JSON' },
  args: {
    ...TASK_ARGS,
    args: { type: 'positional', description: 'Its arguments: JSON, or else text', required: false },
  },
  run: async ({ args }) => {
    const found = await findTaskFunction(args.task);
    const task = found.taskFunction.with(taskOptions(args, found));
    const interrupts = new Interrupts(() => 1);
    const isCompleted = await printEnd(task, args._.slice(1).map(argument));
    await found.library.taskSupervisor.stop();
    return interrupts.exitCode ?? (isCompleted ? 0 : 1);
  },
});

function argument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @returns whether it completed */
async function printEnd(task: TaskFunction, args: readonly unknown[]): Promise<boolean> {
  const end = inJson(await settle(task, args));
  if ('error' in end) {
    await writeError(inspect(end.error));
    return false;
  }
  if (end.result !== undefined) await writeOut(end.result);
  return true;
}

/** A result that cannot be written is a failure too. */
function inJson(end: End): End<string | undefined> {
  if ('error' in end) return end;
  try {
    return { result: end.result === undefined ? undefined : toJson(end.result) };
  } catch (error) {
    return { error };
  }
}

type End<R = unknown> = { readonly result: R } | { readonly error: unknown };

/** With arguments it is a map of one: a plain call takes (value, index, array) for what Array.map passes. */
async function settle(task: TaskFunction, [first, ...args]: readonly unknown[]): Promise<End> {
  if (first !== undefined) {
    const { value } = await task.map([first], { args }).settled().next();
    return value as End;
  }
  return task().then(
    (result: unknown) => ({ result }),
    (error: unknown) => ({ error }),
  );
}
