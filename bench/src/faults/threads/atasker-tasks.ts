import { backgroundTask, type TaskFunction } from 'atasker';
import type { FunctionName } from '../contenders/contender.ts';
import * as functions from './functions.ts';

type Tasks = Record<FunctionName, TaskFunction<(input?: unknown) => unknown>>;

export const tasks = Object.fromEntries(
  Object.entries(functions).map(([name, fn]) => [name, backgroundTask(fn as (input?: unknown) => unknown, { name })]),
) as Tasks;
