import { types } from '../../common/node-util.ts';
import type { MainFile } from '../../common/role.ts';
import { findDefinition } from '../../define/registry.ts';
import { moduleKey } from '../../modules/call-sites.ts';
import { functionToString, isInstance, pattern, stringIncludes, stringReplace } from '../../platform/methods.ts';
import { ReferenceError, Reflect, TypeError } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';

/** Adds to the error of a task what its function cannot know. An error whose getters throw stays as it is. */
export function explainFailure(error: unknown, address: Address, main: MainFile): void {
  try {
    explainMissingName(error, address, main);
    explainMissingThis(error, address);
  } catch {
    // What the getters of the error throw is of no concern to the task.
  }
}

/**
 * The main file is evaluated only down to its last task, so code below that task, and the constant that holds the task,
 * do not exist here. The message of the user's own error then says so, with the ways out.
 */
function explainMissingName(error: unknown, { module }: Address, main: MainFile): void {
  if (
    !types.isNativeError(error) ||
    !isInstance(ReferenceError, error) ||
    moduleKey(module) !== moduleKey(main.module ?? '') ||
    main.lastOrdinal === Infinity
  )
    return;
  if (!NOT_THERE.test(messageOf(error))) return;
  const fact = 'a pool thread evaluates the main file only down to its last task';
  const way = `move what the task needs above it, or put the program's body into main(async () => {…})`;
  addToMessage(error, `${fact}: ${way}`);
}

/**
 * A method loses its `this` when it is passed to `backgroundTask`. The message of the user's own error says so, with
 * the way out.
 */
function explainMissingThis(error: unknown, address: Address): void {
  if (!types.isNativeError(error) || !isInstance(TypeError, error)) return;
  const fn = findDefinition(address)?.fn;
  const found = UNREADABLE.exec(messageOf(error));
  const member = found?.[1] ?? found?.[2] ?? found?.[3];
  if (fn === undefined || fn === null || member === undefined) return;
  if (!stringIncludes(functionToString(fn), `this.${member}`)) return;
  const way =
    'a task function has no this: pass what it needs as an argument, or define (...args) => object.method(...args)';
  addToMessage(error, way);
}

/** The message that is a property of the error itself: a getter of the user is not called. */
function messageOf(error: Error): string {
  const { value } = (Reflect.getOwnPropertyDescriptor(error, 'message') ?? {}) as { readonly value?: unknown };
  return typeof value === 'string' ? value : '';
}

function addToMessage(error: Error, text: string): void {
  const { message, stack } = error;
  error.message = `${message} (${text})`;
  if (stack !== undefined) error.stack = stringReplace(stack, message, () => error.message);
}

const UNREADABLE = pattern(/\(reading '(\w+)'\)|(#\w+)|'this\.(\w+)'/);
const NOT_THERE = pattern(/before initialization|is not defined/);
