import { TaskError } from '../../common/errors.ts';
import {
  definitionsOf,
  findDefinition,
  isSameDefinition,
  MainFileStop,
  onDefinition,
  redefineAtNextLoad,
  stopMainFileAt,
  type Definition,
} from '../../define/registry.ts';
import { moduleKey } from '../../modules/call-sites.ts';
import { isTestRunner, loaderFor } from '../../modules/typescript.ts';
import {
  arrayFilter,
  arrayForEach,
  arrayJoin,
  each,
  isInstance,
  listOf,
  promiseThen,
  stringStartsWith,
} from '../../platform/methods.ts';
import { process, realProcess, setImmediate, setTimeout, unrefTimer } from '../../platform/node.ts';
import { Error, Map, Promise, String } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import { contexts } from '../../task/context.ts';
import type { Role } from '../channels/role.ts';
import type { LoadTurn } from '../conversations/loading/thread-end.ts';
import { Run } from '../conversations/run/thread-end.ts';
import { endsEvaluation, ExitOutsideTask, lacksTestRunner, loadError } from './load-errors.ts';
import { activity, StandstillWatch } from './standstill-watch.ts';

/** How the evaluation of a module goes. */
interface Load {
  /** Resolves when it may begin; null if it has begun. */
  turn: Promise<void> | null;
  /** Whether it still counts as one of those that load. */
  isCounted: boolean;
  error: unknown;
  whenSettled: Promise<void>;
}

const SETTLED = Promise.resolve();
/** A module that was loaded ahead and does not end holds up others for so long. */
const LONGEST_PRELOAD_MS = 10_000;

/** What a loader tells the pool. */
export interface LoadReports {
  /** Code of a task that has ended has called `process.exit()` while another task runs there: the thread ends after that. */
  exitTooLate(run: number, error: Error): void;
  registered(definition: Definition): void;
  warning(module: string, text: string): void;
}

const { reallyExit } = realProcess as unknown as { readonly reallyExit?: (code: number) => never };

/** The real `process.exit`, for a thread that is told to end. */
export function exitThread(code?: number | string | null): never {
  try {
    return process.exit(code);
  } catch (error) {
    reallyExit?.(1); // what emits `exit` has been replaced
    throw error;
  }
}

/** Loads the modules of definitions in a pool thread, each once. */
export class ModuleLoader {
  readonly #role: Role;
  readonly #reports: LoadReports;
  readonly #loads = new Map<string, Load>();
  readonly #turn: LoadTurn;
  /** Whether listeners of `uncaughtException` are being called, where an error would end the thread. */
  #handlesUncaught = false;

  constructor(role: Role, turn: LoadTurn, reports: LoadReports) {
    this.#role = role;
    this.#reports = reports;
    this.#turn = turn;
    this.#guardExit();
    role.keepListener('uncaughtExceptionMonitor', () => this.#uncaughtBegins());
    // In a bundle the library comes with the user's module, which is being evaluated right now.
    this.#track(role.library, null, false, () => role.libraryLoad);
  }

  /** The definition at an address: at once if it is here; else it is `loading` or waits for that, until its module has registered it. */
  find(address: Address, mainLastOrdinal: number, loading: (waits: boolean) => void): Definition | Promise<Definition> {
    const found = findDefinition(address);
    if (found !== undefined) {
      if (this.#turn.isTaken) this.#leaveTurns();
      return sameDefinition(address, found);
    }
    if (!this.#loads.has(moduleKey(address.module))) stopMainFileAt(mainLastOrdinal);
    loading(false);
    return this.#whenRegistered(address, loading);
  }

  /**
   * Starts to load modules that tasks will probably need, in a turn of the event loop of its own: this copy of the
   * library is still being evaluated, and a CommonJS module that requires it meanwhile gets `ERR_REQUIRE_CYCLE_MODULE`.
   * So does a CommonJS task that requires an ES module which is being imported: where there are modules of both kinds, no
   * ES module is.
   */
  preload(modules: readonly string[]): void {
    const required = arrayFilter(modules, (module) => !stringStartsWith(module, 'file:'));
    const ahead = required.length > 0 ? required : modules;
    if (ahead.length > 0) setImmediate(() => arrayForEach(ahead, (module) => this.#preload(module)));
  }

  #preload(module: string): void {
    const load = this.#load(module);
    unrefTimer(setTimeout(() => this.#leaveTurn(load), LONGEST_PRELOAD_MS));
  }

  async #whenRegistered(address: Address, loading: (waits: boolean) => void): Promise<Definition> {
    let stopListening = (): void => {};
    const registered = new Promise<void>((resolve) => {
      stopListening = onDefinition((definition) => {
        if (moduleKey(definition.address?.module ?? '') === moduleKey(address.module))
          this.#reports.registered(definition);
        if (findDefinition(address) !== undefined) resolve();
      });
    });
    const load = this.#load(address.module);
    if (load.turn !== null) {
      loading(true);
      await load.turn;
      loading(false);
    }
    const watch = new StandstillWatch();
    await Promise.race([registered, load.whenSettled, watch.found]);
    stopListening();
    watch.close();
    // One turn, so that a load that ends here has ended before a task brings timers of its own.
    await Promise.race([load.whenSettled, new Promise((resolve) => void setImmediate(resolve))]);
    this.#leaveTurns();
    const found = findDefinition(address);
    if (found !== undefined) return sameDefinition(address, found);
    throw loadError(address, this.#role.kind, load.error, watch.standstill);
  }

  #load(module: string): Load {
    const known = this.#loads.get(moduleKey(module));
    return known ?? this.#track(module, this.#turn.enter(), true, () => this.#evaluate(module));
  }

  async #evaluate(module: string): Promise<unknown> {
    const loader = this.#role.loader === null ? loaderFor(module) : null;
    if (loader !== null) await this.#role.useLoader(loader);
    return await this.#role.loadModule(module);
  }

  #track(module: string, turn: Promise<void> | null, isCounted: boolean, evaluate: () => Promise<unknown>): Load {
    const load: Load = { turn, isCounted, error: null, whenSettled: SETTLED };
    this.#loads.set(moduleKey(module), load);
    load.whenSettled = this.#settle(module, load, evaluate);
    return load;
  }

  async #settle(module: string, load: Load, evaluate: () => Promise<unknown>): Promise<void> {
    if (load.turn !== null) await load.turn;
    load.turn = null;
    const before = resources();
    try {
      await evaluate();
    } catch (error) {
      load.error = error;
      this.#warnOfError(module, error);
      if (!(error instanceof MainFileStop)) this.#forget(module);
    }
    this.#leaveTurn(load);
    this.#warnOfResources(module, before);
  }

  /** A load that failed may succeed at the next try; what the module defines then takes the place of what it has defined. */
  #forget(module: string): void {
    this.#loads.delete(moduleKey(module));
    redefineAtNextLoad(module);
  }

  /** A task begins, which may take any time; what is still loaded here goes on below it. */
  #leaveTurns(): void {
    for (const load of each(listOf(this.#loads.values()))) if (load.turn === null) this.#leaveTurn(load);
  }

  /** Others may load: this is over, or goes on below a task. */
  #leaveTurn(load: Load): void {
    if (!load.isCounted) return;
    load.isCounted = false;
    this.#turn.leave();
  }

  /**
   * Tasks that are defined can run whatever happens below them; whoever reads the log should know.
   * The tests in a test file always fail here: jest, vitest and mocha are not there.
   */
  #warnOfError(module: string, error: unknown): void {
    if (endsEvaluation(error) || isTestRunner() || lacksTestRunner(error)) return;
    if (definitionsOf(module).length === 0) return; // then its tasks fail with the error
    const text = isInstance(Error, error) ? (error.stack ?? error.message) : String(error);
    this.#reports.warning(module, `threw in a pool thread, below its tasks: ${text}`);
  }

  #warnOfResources(module: string, before: Map<string, number>): void {
    const now = resources();
    const left = arrayFilter(listOf(now.keys()), (name) => now.get(name)! > (before.get(name) ?? 0));
    if (left.length === 0 || this.#role.running > 0 || definitionsOf(module).length === 0) return;
    const fact = `leaves ${arrayJoin(left, ' and ')} behind in every pool thread that loads it`;
    this.#reports.warning(module, `${fact}; put what only the program itself should do into main(async () => {…})`);
  }

  #uncaughtBegins(): void {
    this.#handlesUncaught = true;
    void promiseThen(SETTLED, () => (this.#handlesUncaught = false));
  }

  /** The task that wants to exit has ended, and another one runs: that must not end with it. */
  #isTooLate(runner: unknown): boolean {
    if (!(runner instanceof Run) || !runner.hasEnded || this.#role.running === 0) return false;
    if (this.#handlesUncaught) return true; // the error that it handles is told already
    const fact = `${runner.name} had ended when its code called process.exit(), and another task runs there`;
    this.#reports.exitTooLate(runner.number, new Error(fact));
    return true;
  }

  /** A module that ends the program when it is done must not end the thread that looks for its tasks. */
  #guardExit(): void {
    realProcess.exit = (code?: number | string | null): never => {
      const context = contexts.getStore();
      if (context !== undefined && !this.#isTooLate(context.runner)) return exitThread(code);
      if (context !== undefined && this.#handlesUncaught) return undefined as never; // an error here would end the thread
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

/** What keeps this thread's event loop busy that a module may have left, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  const active = activity();
  for (const type of active.keys()) {
    const name = RESOURCES[type];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + active.get(type)!);
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
