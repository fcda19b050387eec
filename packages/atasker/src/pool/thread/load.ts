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
import { Error, Map, Promise, String, WeakMap } from '../../platform/primordials.ts';
import { isAsyncHookFailure } from '../../platform/stacks.ts';
import type { Address } from '../../task/call.ts';
import { contexts } from '../../task/context.ts';
import type { Role } from '../channels/role.ts';
import type { LoadTurn } from '../conversations/loading/thread-end.ts';
import { Run } from '../conversations/run/thread-end.ts';
import { endsEvaluation, ExitOutsideTask, lacksTestRunner, loadError } from './load-errors.ts';
import { activity, StandstillWatch } from './standstill-watch.ts';

/** The state of the evaluation of a module. */
interface Load {
  /** Resolves when the evaluation may begin; null if it has begun. */
  turn: Promise<void> | null;
  /** Whether the evaluation still takes up the turn of this member to load modules. */
  isCounted: boolean;
  error: unknown;
  whenSettled: Promise<void>;
}

const SETTLED = Promise.resolve();
/** Time in ms that a module which was preloaded and does not end holds up the loads of others. */
const LONGEST_PRELOAD_MS = 10_000;

/** What a loader tells the pool. */
export interface ModuleLoaderOwner {
  /** Code of a task that has ended has called `process.exit()` while another task runs here: the thread has to end. */
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
    reallyExit?.(1); // somebody has replaced what emits `exit`
    throw error;
  }
}

/** Loads the modules of definitions in a member, each module once. */
export class ModuleLoader {
  readonly #role: Role;
  readonly #owner: ModuleLoaderOwner;
  readonly #loads = new Map<string, Load>();
  readonly #turn: LoadTurn;
  /** The definitions that have been compared with an address, and are the same. */
  readonly #same = new WeakMap<Address, Definition>();
  /**
   * Whether listeners of `uncaughtException` are being called. An error that such a listener throws would end the
   * thread.
   */
  #handlesUncaught = false;

  constructor(role: Role, turn: LoadTurn, owner: ModuleLoaderOwner) {
    this.#role = role;
    this.#owner = owner;
    this.#turn = turn;
    this.#guardExit();
    role.keepListener('uncaughtExceptionMonitor', () => this.#uncaughtBegins());
    // In a bundle, the library is a part of the user's module, which is being evaluated right now.
    this.#track(role.library, null, false, () => role.libraryLoad);
  }

  /**
   * Finds the definition at an address. If it is not here yet, gives a promise for it and calls `loading`, with true
   * while the load has to wait for its turn and with false when it goes on.
   */
  find(address: Address, mainLastOrdinal: number, loading: (waits: boolean) => void): Definition | Promise<Definition> {
    const found = findDefinition(address);
    if (found !== undefined) {
      if (this.#turn.isTaken) this.#leaveTurns();
      if (this.#same.get(address) !== found) this.#same.set(address, sameDefinition(address, found));
      return found;
    }
    if (!this.#loads.has(moduleKey(address.module))) stopMainFileAt(mainLastOrdinal);
    loading(false);
    return this.#whenRegistered(address, loading);
  }

  /**
   * Starts to load modules that tasks will probably need. The load begins in a turn of the event loop of its own: this
   * copy of the library is still being evaluated, and a CommonJS module that required it meanwhile would get
   * `ERR_REQUIRE_CYCLE_MODULE`. A CommonJS task that requires an ES module which is being imported would get it too, so
   * where there are modules of both kinds, no ES module is preloaded.
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
          this.#owner.registered(definition);
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
    // Waits for one turn, so that a load that ends here has ended before a task creates timers of its own.
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

  /**
   * Forgets a load that failed, because the next try may succeed. What the module then defines replaces its earlier
   * definitions.
   */
  #forget(module: string): void {
    this.#loads.delete(moduleKey(module));
    redefineAtNextLoad(module);
  }

  /** A task begins, which may take any time. Loads that go on below it no longer hold up the loads of others. */
  #leaveTurns(): void {
    for (const load of each(listOf(this.#loads.values()))) if (load.turn === null) this.#leaveTurn(load);
  }

  /** Lets other members load: this load is over, or goes on below a task. */
  #leaveTurn(load: Load): void {
    if (!load.isCounted) return;
    load.isCounted = false;
    this.#turn.leave();
  }

  /**
   * Warns of an error below the tasks of a module. Its tasks can run all the same, but the reader of the log should
   * know. The tests in a test file always fail here, without a warning: jest, vitest and mocha do not exist in a
   * member.
   */
  #warnOfError(module: string, error: unknown): void {
    if (endsEvaluation(error) || isTestRunner() || lacksTestRunner(error)) return;
    if (definitionsOf(module).length === 0) return; // the tasks then fail with this error
    const text = isInstance(Error, error) ? (error.stack ?? error.message) : String(error);
    this.#owner.warning(module, `threw in a pool thread, below its tasks: ${text}`);
  }

  #warnOfResources(module: string, before: Map<string, number>): void {
    const now = resources();
    const left = arrayFilter(listOf(now.keys()), (name) => now.get(name)! > (before.get(name) ?? 0));
    if (left.length === 0 || this.#role.running > 0 || definitionsOf(module).length === 0) return;
    const fact = `leaves ${arrayJoin(left, ' and ')} behind in every pool thread that loads it`;
    this.#owner.warning(module, `${fact}; put code that only the program itself should run into main(async () => {…})`);
  }

  #uncaughtBegins(): void {
    this.#handlesUncaught = true;
    void promiseThen(SETTLED, () => (this.#handlesUncaught = false));
  }

  /**
   * Whether the task whose code calls `process.exit` has ended while another task runs: the exit must not end that
   * other task. Tells the pool.
   */
  #isTooLate(runner: unknown): boolean {
    if (!(runner instanceof Run) || !runner.hasEnded || this.#role.running === 0) return false;
    if (this.#handlesUncaught) return true; // the error that the listeners handle has been told already
    const fact = `${runner.name} had ended when its code called process.exit(), and another task runs there`;
    this.#owner.exitTooLate(runner.number, new Error(fact));
    return true;
  }

  /**
   * Replaces `process.exit`: a module that ends the program when it is done must not end the thread that looks for its
   * tasks.
   */
  #guardExit(): void {
    realProcess.exit = (code?: number | string | null): never => {
      const context = contexts.getStore();
      if (isAsyncHookFailure()) return exitThread(code);
      if (context !== undefined && !this.#isTooLate(context.runner)) return exitThread(code);
      if (context !== undefined && this.#handlesUncaught) return undefined as never; // an error would end the thread
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

/** How many resources that a module may have left keep the event loop of this thread busy, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  const active = activity();
  for (const type of active.keys()) {
    const name = RESOURCES[type];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + active.get(type)!);
  }
  return counts;
}

/**
 * An ordinal alone may mean another function here, if a definition was made in one thread only.
 *
 * @throws TaskError if the definition that was found is not the wanted one
 */
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
