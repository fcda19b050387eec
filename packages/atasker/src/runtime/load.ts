import { types } from '../node-util.ts';
import { moduleKey } from '../call-sites.ts';
import { contexts } from '../context.ts';
import {
  definitionsOf,
  findDefinition,
  isSameDefinition,
  MainFileStop,
  onDefinition,
  stopMainFileAt,
  type Definition,
} from '../define/registry.ts';
import { TaskError } from '../errors.ts';
import type { MainFile, Role } from '../role.ts';
import type { Address } from '../call.ts';
import { isTestRunner, isTypeScript, loaderFor } from '../typescript.ts';
import { toError } from '../wire/errors.ts';

/** How the evaluation of a module goes. */
interface Load {
  isSettled: boolean;
  error: unknown;
  readonly whenSettled: Promise<void>;
}

/** What a loader tells the pool. */
export interface LoadReports {
  registered(definition: Definition): void;
  warning(module: string, text: string): void;
}

/** Thrown by `process.exit` outside of a task: what a module does on its own must not end the thread. */
class ExitOutsideTask extends Error {
  override name = 'ExitOutsideTask';
}

/** Whether an error only says that the evaluation of a module ends here. */
export function endsEvaluation(error: unknown): boolean {
  return error instanceof MainFileStop || error instanceof ExitOutsideTask;
}

/** The real `process.exit`, for a thread that is told to end. */
export const exitThread = process.exit.bind(process);

/** Loads the modules of definitions in a pool thread, each once. */
export class ModuleLoader {
  readonly #role: Role;
  readonly #reports: LoadReports;
  readonly #loads = new Map<string, Load>();

  constructor(role: Role, reports: LoadReports) {
    this.#role = role;
    this.#reports = reports;
    this.#guardExit();
    // In a bundle the library comes with the user's module, which is being evaluated right now.
    this.#track(role.library, role.libraryLoad);
  }

  /** The definition at an address: at once if it is here; else it is `loading`, until its module has registered it. */
  find(address: Address, mainLastOrdinal: number, loading: () => void): Definition | Promise<Definition> {
    const found = findDefinition(address);
    if (found !== undefined) return sameDefinition(address, found);
    if (!this.#loads.has(moduleKey(address.module))) stopMainFileAt(mainLastOrdinal);
    loading();
    return this.#whenRegistered(address);
  }

  /** Starts to load a module that a task will probably need. */
  preload(module: string): void {
    this.#load(module);
  }

  async #whenRegistered(address: Address): Promise<Definition> {
    let stopListening = (): void => {};
    const registered = new Promise<void>((resolve) => {
      stopListening = onDefinition((definition) => {
        if (moduleKey(definition.address?.module ?? '') === moduleKey(address.module))
          this.#reports.registered(definition);
        if (findDefinition(address) !== undefined) resolve();
      });
    });
    const load = this.#load(address.module);
    await Promise.race([registered, load.whenSettled]);
    stopListening();
    // One turn, so that a load that ends here has ended before a task brings timers of its own.
    await Promise.race([load.whenSettled, new Promise((resolve) => void setImmediate(resolve))]);
    const found = findDefinition(address);
    if (found !== undefined) return sameDefinition(address, found);
    throw loadError(address, this.#role.kind, load.error);
  }

  #load(module: string): Load {
    return this.#loads.get(moduleKey(module)) ?? this.#track(module, this.#evaluate(module));
  }

  async #evaluate(module: string): Promise<unknown> {
    const loader = this.#role.loader === null ? loaderFor(module) : null;
    if (loader !== null) await this.#role.useLoader(loader);
    return this.#role.loadModule(module);
  }

  #track(module: string, evaluation: Promise<unknown>): Load {
    const load: Load = { isSettled: false, error: null, whenSettled: this.#settle(module, evaluation) };
    this.#loads.set(moduleKey(module), load);
    return load;
  }

  async #settle(module: string, evaluation: Promise<unknown>): Promise<void> {
    const before = resources();
    try {
      await evaluation;
    } catch (error) {
      this.#loads.get(moduleKey(module))!.error = error;
      this.#warnOfError(module, error);
    }
    this.#loads.get(moduleKey(module))!.isSettled = true;
    this.#warnOfResources(module, before);
  }

  /**
   * Tasks that are defined can run whatever happens below them; whoever reads the log should know.
   * The tests in a test file always fail here: jest and vitest are not there.
   */
  #warnOfError(module: string, error: unknown): void {
    if (endsEvaluation(error) || isTestRunner()) return;
    if (definitionsOf(module).length === 0) return; // then its tasks fail with the error
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#reports.warning(module, `threw in a pool thread, below its tasks: ${text}`);
  }

  #warnOfResources(module: string, before: Map<string, number>): void {
    const left = [...resources()].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
    if (left.length === 0 || this.#role.running > 0 || definitionsOf(module).length === 0) return;
    const fact = `leaves ${left.join(' and ')} behind in every pool thread that loads it`;
    this.#reports.warning(module, `${fact}; put what only the program itself should do into main(async () => {…})`);
  }

  /** A module that ends the program when it is done must not end the thread that looks for its tasks. */
  #guardExit(): void {
    process.exit = (code?: number | string | null): never => {
      if (contexts.getStore() !== undefined) return exitThread(code);
      throw new ExitOutsideTask('process.exit() has no effect in a pool thread outside of a task');
    };
  }
}

const RESOURCES: Readonly<Record<string, string>> = {
  Timeout: 'timers',
  TCPServerWrap: 'servers',
  PipeServerWrap: 'servers',
  TCPSocketWrap: 'sockets',
  UDPWrap: 'sockets',
  ChildProcess: 'child processes',
  Worker: 'threads',
  FSEventWrap: 'file watchers',
};

/** What keeps this thread's event loop busy, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    const name = RESOURCES[type];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** An ordinal alone may mean another function here, if a definition was made in one thread only. */
function sameDefinition(wanted: Address, found: Definition): Definition {
  const here = found.address!;
  if (isSameDefinition(wanted, here)) return found;
  const difference = wanted.name === here.name ? 'another function of that name' : here.name;
  const fact = `definition ${wanted.ordinal} of ${wanted.module} is ${wanted.name} for the caller, but ${difference} here`;
  throw new TaskError('ERR_TASK_LOAD', `${fact}: define the same tasks, in the same order, in every thread`, {
    taskName: wanted.name,
    module: wanted.module,
  });
}

function loadError(address: Address, kind: Role['kind'], error: unknown): TaskError {
  const { module, name } = address;
  const names = definitionsOf(module).map((definition) => definition.name);
  const registered = names.length === 0 ? 'no task' : names.join(', ');
  const cause = error ?? undefined;
  const message = `task ${name} cannot be loaded in a ${kind}: ${explain(module, registered, error)}`;
  return new TaskError('ERR_TASK_LOAD', message, { taskName: name, module, cause });
}

/**
 * The main file is evaluated only down to its last task, so what stands below, and the constant that
 * holds that task, are not there. The user's own error says so, with the ways out.
 */
export function explainMissingName(error: unknown, { module }: Address, main: MainFile): void {
  if (
    !types.isNativeError(error) ||
    !(error instanceof ReferenceError) ||
    moduleKey(module) !== moduleKey(main.module ?? '') ||
    main.lastOrdinal === Infinity
  )
    return;
  if (!/before initialization|is not defined/.test(error.message)) return;
  const fact = 'a pool thread evaluates the main file only down to its last task';
  const way = `move what the task needs above it, or put the program's body into main(async () => {…})`;
  const { message, stack } = error;
  error.message = `${message} (${fact}: ${way})`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

function explain(module: string, registered: string, error: unknown): string {
  if (error instanceof MainFileStop) return `${module} imports the main file; move what it needs to a file of its own`;
  if (error instanceof ExitOutsideTask) return `${module} called process.exit() when only ${registered} was defined`;
  if (error === null) {
    return `${module} defined only ${registered} there; is the definition made in the program's own thread only?`;
  }
  const text = toError(error).message;
  const hint = isTypeScript(module) ? ' (TypeScript needs Node 22.18 or later, or run with tsx)' : '';
  return `${module} failed: ${text}${hint}`;
}
