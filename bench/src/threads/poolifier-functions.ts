import { echo, jobs, type Input } from '../jobs.ts';

const URGENT = -20;

/** Priorities belong to functions: each job once more under an urgent name. poolifier's argument may be undefined. */
const functions = Object.entries(jobs).flatMap(([name, job]) => {
  const taskFunction = (input?: Input): number => job(input!);
  return [[name, taskFunction] as const, [`${name}Urgent`, { taskFunction, priority: URGENT }] as const];
});

export const taskFunctions = { ...Object.fromEntries(functions), echo: echo as (input?: Input) => number };
