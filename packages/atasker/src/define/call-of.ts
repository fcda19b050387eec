import { show, type AnyFn } from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { runsHere, type Call } from '../task/call.ts';
import { inlineMode } from '../task/inline-mode.ts';
import { recipeOf } from './background-task.ts';
import { ANONYMOUS, findByFunction } from './registry.ts';
import { resolveTaskOptions, type TaskOptions } from './task-options.ts';

/**
 * Makes a call by hand, with options that override those of the function. The function is a task function, was given to
 * `backgroundTask`, or is any function for an async task. The call defines nothing, so it may be made anywhere.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION`
 */
export function callOf(target: AnyFn, args: readonly unknown[], options: TaskOptions<never>): Call {
  if (typeof target !== 'function') throw invalidOption('type', `target must be a function, got ${show(target)}`);
  const recipe = recipeOf(target);
  const spec = resolveTaskOptions(options, recipe?.spec ?? (target.name === '' ? ANONYMOUS : target.name));
  const known = recipe?.definition ?? findByFunction(target);
  const isHere = runsHere(spec) || inlineMode() !== null;
  if ((known?.address ?? null) === null && !isHere) throw unknownTarget(target);
  return { target: known ?? { fn: target, address: null }, spec, args };
}

function unknownTarget(target: AnyFn): Error {
  const allowed = `a task function, or a function that was given to backgroundTask at the top of its file, or any function with tt: 'async'`;
  return invalidOption('type', `target must be ${allowed}, got ${show(target)}`);
}
