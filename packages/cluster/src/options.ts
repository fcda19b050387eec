import { hostname } from 'node:os';
import type { Duration, SupervisorOptions } from 'atasker';
import { checkDuration, checkInteger, checkKeys } from 'atasker/remote';
import { invalidOption } from './common/errors.ts';
import { openStore } from './store/open-store.ts';
import type { TaskStore } from './store/store.ts';

/** Options of the node of a program: `new ClusterSupervisor({ node })`. */
export interface NodeOptions {
  /**
   * Files whose task functions this program runs, as paths or `file:` URLs: they are imported when the supervisor starts.
   * Functions of modules that the program has imported itself need no file. @defaultValue none
   */
  readonly tasks?: string | URL | readonly (string | URL)[] | undefined;
  /** How long tasks may go on when the program stops; the rest is handed back to the store. @defaultValue `'30s'` */
  readonly grace?: Duration | undefined;
}

/**
 * Options of `new ClusterSupervisor()`: those of a `TaskSupervisor` (its pools are those of the node), and the following
 * ones.
 */
export interface ClusterOptions extends Omit<SupervisorOptions, 'remote'> {
  /**
   * Where the tasks are kept: `'sqlite:PATH'` for an SQLite file, `'memory'` for a store that ends with this program, an
   * object with the methods of `TaskStore`, or `'local'` for none: the supervisor then runs its tasks itself, as any
   * `TaskSupervisor` does. Required.
   */
  readonly store: string | TaskStore;
  /** Whether this program runs tasks too, or how. @defaultValue `false` */
  readonly node?: boolean | NodeOptions | undefined;
  /**
   * How long the tasks of a program that has died wait for another one. The store renews the claims of a living program
   * every third of that. @defaultValue `'10s'`
   */
  readonly lease?: Duration | undefined;
  /** A task fails with `ERR_TASK_LOST` when so many nodes have died while they ran it. @defaultValue 3 */
  readonly maxLost?: number | undefined;
  /** How long the store keeps the ends of tasks. @defaultValue `'1h'` */
  readonly keepResults?: Duration | undefined;
  /** How many tasks wait for a store that cannot be reached; further ones fail. @defaultValue 1,000 */
  readonly offlineBuffer?: number | undefined;
  /** How many bytes the arguments or the result of a task may take in the store. @defaultValue 8 MiB */
  readonly maxPayload?: number | undefined;
}

/** The options of the cluster, checked and with defaults. */
export interface ClusterSettings {
  readonly store: string | TaskStore;
  readonly node: { readonly tasks: readonly (string | URL)[]; readonly graceMs: number } | null;
  readonly leaseMs: number;
  readonly maxLost: number;
  readonly keepResultsMs: number;
  readonly offlineBuffer: number;
  readonly maxPayload: number;
}

/** The shortest lease: a third of it must be long enough for a write to the store. */
const SHORTEST_LEASE_MS = 300;

/** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option */
export function clusterSettings(options: ClusterOptions): ClusterSettings {
  const { store, node = false, lease = '10s', keepResults = '1h' } = options;
  const { maxLost = 3, offlineBuffer = 1000, maxPayload = 8 * 1024 * 1024 } = options;
  if (store === undefined) throw invalidOption('range', 'store is required: sqlite:PATH, memory, local, or an object');
  if (store !== 'local') openStore(store); // only to check the address
  const leaseMs = checkDuration('lease', lease);
  if (leaseMs < SHORTEST_LEASE_MS)
    throw invalidOption('range', `lease must be ${SHORTEST_LEASE_MS} ms or more, got ${lease}`);
  return {
    store,
    node: nodeSettings(node),
    leaseMs,
    maxLost: checkInteger('maxLost', maxLost, 1),
    keepResultsMs: checkDuration('keepResults', keepResults),
    offlineBuffer: checkInteger('offlineBuffer', offlineBuffer, 0),
    maxPayload: checkInteger('maxPayload', maxPayload, 1024),
  };
}

/** The options of the supervisor itself. */
export function supervisorOptions(options: ClusterOptions): SupervisorOptions {
  const { store: _, node: _n, lease: _l, maxLost: _m, keepResults: _k, ...rest } = options;
  const { offlineBuffer: _o, maxPayload: _p, ...own } = rest;
  return own;
}

/**
 * The id of a supervisor, which is also the name of the program in the store. It is different for each start of the
 * program: ids of tasks begin with it, and the same id is the same task.
 */
export function uniqueId(id: string | undefined): string {
  const random = Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  return `${id ?? `${hostname()}-${process.pid}`}-${random}`;
}

function nodeSettings(node: boolean | NodeOptions): ClusterSettings['node'] {
  if (node === false) return null;
  const options = node === true ? {} : checkKeys('node options', node, ['tasks', 'grace']);
  const { tasks = [], grace = '30s' } = options;
  const files = typeof tasks === 'string' || tasks instanceof URL ? [tasks] : tasks;
  return { tasks: files, graceMs: checkDuration('grace', grace) };
}
