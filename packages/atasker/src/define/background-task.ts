import { show, type AnyFn } from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { types } from '../common/node-util.ts';
import { isThenable } from '../common/thenable.ts';
import { apply, arraySlice, functionToString, pattern } from '../platform/methods.ts';
import { Array, Object, Proxy, ReferenceError, Reflect, String, Symbol, WeakSet } from '../platform/primordials.ts';
import { runsHere, type TaskSpec } from '../task/call.ts';
import { inlineMode } from '../task/inline-mode.ts';
import type { Host, Task } from '../task/task.ts';
import { hostFor } from './host.ts';
import type { Inputs } from './input-source.ts';
import { ANONYMOUS, define, MainFileStop, notAtModuleLevel, type Definition } from './registry.ts';
import { mapTasks, type MapOptions, type MapSource, type TaskMap } from './task-map.ts';
import { resolveHost, resolveTaskOptions, type TaskOptions } from './task-options.ts';

/** The task that a call of a task function returns. */
export type TaskOf<R> = Task<Awaited<R>>;

/** What `backgroundTask` returns. Each call of it starts a task. */
export type TaskFunction<F extends AnyFn = AnyFn> = ((...args: Parameters<F>) => TaskOf<ReturnType<F>>) &
  TaskFunctionMembers<F>;

export interface TaskFunctionMembers<F extends AnyFn> {
  /** The original function. */
  readonly fn: F;
  /** The name of the tasks of this function. */
  readonly taskName: string;
  /** The same task function with other options, which override the present ones. */
  with(options: TaskOptions<Awaited<ReturnType<F>>>): TaskFunction<F>;
  /**
   * Runs the function over many inputs, with back-pressure: at most `concurrency` inputs are in progress, that is taken
   * from the source and not yet handed to the reader. The map begins in the microtask after the call. `await` gives all
   * results as an array, `for await` gives them one by one; both fail at the first failure of a task, an input or the
   * source. `settled()` gives the outcome of every input.
   *
   * @example
   * for await (const size of fileSize.map(paths, { ordered: false })) total += size;
   */
  map(
    inputs: Inputs<Parameters<F>[0]>,
    options?: MapOptions<Rest<Parameters<F>>>,
  ): TaskMap<Parameters<F>[0], Awaited<ReturnType<F>>>;
}

type Rest<P extends unknown[]> = P extends [unknown?, ...infer R] ? R : never;

/** A decorator for a static method that returns a promise. */
export type TaskDecorator = <This, A extends unknown[], R>(
  method: (this: This, ...args: A) => Promise<R>,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => Promise<R>> & { static: true },
) => (this: This, ...args: A) => Promise<R>;

/**
 * Makes a background task of a function (atasker: `@background_task`). Call the returned function like the original
 * one: each call starts a task at once, by default in a thread, and returns a `Task`.
 *
 * Call `backgroundTask` at the top level of a module, so that a thread can find the function (docs/loading.md).
 * Arguments and result are cloned between threads; an `'async'` task takes and returns references.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * export const thumbnail = backgroundTask(function thumbnail(image: Uint8Array, width: number) {
 *   return resize(image, width);
 * });
 * const small = await thumbnail(bytes, 320);
 */
export function backgroundTask<F extends AnyFn>(fn: F, options?: TaskOptions<Awaited<ReturnType<F>>>): TaskFunction<F>;
/** As a decorator: `@backgroundTask()` on a static method that returns a promise; `this` is the class. */
export function backgroundTask(options?: TaskOptions): TaskDecorator;
export function backgroundTask(first?: AnyFn | TaskOptions, options: TaskOptions = {}): unknown {
  if (first === undefined || isOptions(first)) return decorator(first ?? {});
  checkTaskFunction(first);
  if (isGeneratorFunction(first) && (options.tt ?? 'thread') !== 'async' && options.loop === undefined)
    throw notAGenerator(first);
  const fn = recipeOf(first)?.definition.fn ?? first;
  const spec = resolveTaskOptions(options, first.name === '' ? ANONYMOUS : nameOf(first));
  const host = resolveHost(options) ?? null;
  return taskFunction({ definition: define(fn, spec.name, backgroundTask as AnyFn, options.module), spec, host });
}

const CLASS = pattern(/^class\b/);

function isOptions(value: unknown): value is TaskOptions {
  return typeof value === 'object' && value !== null && !isThenable(value);
}

function checkTaskFunction(fn: unknown): asserts fn is AnyFn {
  if (isThenable(fn)) {
    const fact = 'backgroundTask takes a function, got a task or promise';
    throw invalidOption(
      'type',
      `${fact}: pass the function itself, and give options to what it returns: task.with({…})`,
    );
  }
  if (typeof fn !== 'function') throw invalidOption('type', `backgroundTask takes a function, got ${show(fn)}`);
  if (!CLASS.test(functionToString(fn))) return;
  const way = 'pass a function that creates an instance and calls its method';
  throw invalidOption('type', `backgroundTask takes a function, got class ${fn.name}: ${way}`);
}

function isGeneratorFunction(fn: AnyFn): boolean {
  return types.isGeneratorFunction(fn);
}

function notAGenerator({ name }: AnyFn): Error {
  const fact = `backgroundTask takes a function that returns a value or a promise, got generator function ${name}`;
  const ways = `return an array of the values, report each value with currentTask().progress, or use tt: 'async'`;
  return invalidOption('type', `${fact}, and a generator cannot leave its thread: ${ways}`);
}

/** What a task function is made of: the definition, the options and the host. */
export interface Recipe {
  readonly definition: Definition;
  readonly spec: TaskSpec;
  readonly host: Host | null;
}

function taskFunction(recipe: Recipe): TaskFunction {
  const { definition, spec } = recipe;
  const members: TaskFunctionMembers<AnyFn> = {
    fn: definition.fn,
    taskName: spec.name,
    with: (options) => taskFunction(override(recipe, options)),
    map: (inputs, options = {}) => mapTasks(inputs, options, mapSource(recipe)),
  };
  const call = (...args: unknown[]): Task => run(recipe, isArrayCallback(args) ? arraySlice(args, 0, 1) : args);
  Object.defineProperty(call, 'name', { value: spec.name });
  Object.defineProperty(call, RECIPE, { value: recipe });
  return Object.assign(call, members);
}

/**
 * What a map needs from its task function. The function's signal is passed to the map itself, which cancels its tasks.
 */
function mapSource(recipe: Recipe): MapSource {
  const { spec, host } = recipe;
  const each: Recipe = spec.signal === null ? recipe : { ...recipe, spec: { ...spec, signal: null } };
  return {
    name: spec.name,
    concurrency: hostFor(host).concurrency(spec.tt, spec.loop),
    signal: spec.signal,
    start: (args) => run(each, args),
  };
}

const RECIPE: unique symbol = Symbol('recipe') as never;

/** The recipe of a task function; null for any other function. */
export function recipeOf(fn: AnyFn): Recipe | null {
  return RECIPE in fn ? (fn[RECIPE] as Recipe) : null;
}

/** Whether the value is a function that `backgroundTask` has made. */
export function isTaskFunction(value: unknown): value is TaskFunction {
  return typeof value === 'function' && RECIPE in value;
}

function override(recipe: Recipe, options: TaskOptions<never>): Recipe {
  const spec = resolveTaskOptions(options, recipe.spec);
  return { definition: recipe.definition, spec, host: resolveHost(options) ?? recipe.host };
}

function run({ definition, spec, host }: Recipe, args: readonly unknown[]): Task {
  const isHere = runsHere(spec) || inlineMode() !== null;
  if (definition.address === null && !isHere) throw notAtModuleLevel(definition);
  return hostFor(host).submit({ target: definition, spec, args });
}

function nameOf(fn: AnyFn): string {
  return recipeOf(fn)?.spec.name ?? fn.name;
}

/** Whether the arguments are those of an array callback, as in `files.map(hash)`: then only the first one is meant. */
function isArrayCallback(args: readonly unknown[]): boolean {
  if (args.length !== 3) return false;
  const value = args[0];
  const index = args[1];
  const array = args[2];
  if (!Array.isArray(array) || typeof index !== 'number' || Object.is(index, -0)) return false;
  return Object.hasOwn(array, index) && Object.is(array[index], value);
}

function decorator(options: TaskOptions): TaskDecorator {
  return (method, context) => {
    if (context.kind !== 'method' || !context.static) {
      throw invalidOption('type', `@backgroundTask() is for static methods; ${String(context.name)} is not one`);
    }
    let start: TaskFunction | null = null;
    // The class exists only when its initialisers run, and a pool thread stops the main file at a definition, so here.
    context.addInitializer(function defineMethod() {
      const bound = (...args: never[]): unknown => Reflect.apply(method, asThis(this), args);
      try {
        start = backgroundTask(bound as AnyFn, { name: String(context.name), ...options }) as TaskFunction;
      } catch (error) {
        if (error instanceof MainFileStop) unfinished.add(this as object);
        throw error;
      }
    });
    return (...args) => apply(start!, undefined, args) as never;
  };
}

/**
 * Classes of the main file without their static fields, because the evaluation of the file ended at their last task.
 */
const unfinished = new WeakSet<object>();

/** `this` for methods of such a class: an access to a missing field throws, instead of giving undefined. */
function asThis(owner: unknown): unknown {
  if (!unfinished.has(owner as object)) return owner;
  return new Proxy(owner as object, {
    get(target, key) {
      // pool/thread/load.ts adds the reason to the message
      if (!(key in target)) throw new ReferenceError(`this.${String(key)} is not defined`);
      return Reflect.get(target, key) as unknown;
    },
  });
}
