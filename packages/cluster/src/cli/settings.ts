import type { ClusterOptions } from '@atasker/cluster';
import type { Duration, ThreadPoolOptions } from 'atasker';
import type { ArgsDef, ParsedArgs } from 'citty';
import { UsageError } from './usage.ts';

const text = (description: string, valueHint: string) => ({ type: 'string', description, valueHint }) as const;

/** Each option may also be given in the environment: `--pool-size` as `ATASKER_POOL_SIZE`. */
export const ARGS = {
  tasks: { type: 'positional', description: 'Files whose task functions this node runs', required: true },
  store: text('Where the tasks are kept, such as sqlite:./tasks.db', 'ADDRESS'),
  id: text('What the name of this node begins with (host and process id)', 'NAME'),
  'pool-size': text('Threads for tasks of every priority', 'N'),
  'reserve-normal': text('Threads more for normal, high and critical tasks', 'N'),
  'reserve-high': text('Threads more for high and critical tasks', 'N'),
  'process-pool-size': text('Processes for tasks of type process', 'N'),
  'async-pool-size': text('Async tasks at a time', 'N'),
  lease: text('How long the tasks of this node wait for another one after its death (10s)', 'DURATION'),
  'max-lost': text('How many nodes may die with a task before it fails (3)', 'N'),
  'keep-results': text('How long the ends of tasks are kept (1h)', 'DURATION'),
  grace: text('How long tasks may go on after SIGTERM (30s)', 'DURATION'),
  'http-port': text('Serves /healthz, /readyz and /metrics on this port (none)', 'PORT'),
  'http-host': text('The address that it listens on (127.0.0.1)', 'ADDRESS'),
} as const satisfies ArgsDef;

type Args = ParsedArgs<typeof ARGS>;
type Env = Readonly<Record<string, string | undefined>>;

/** What a node is started with. */
export interface NodeCommand {
  readonly options: ClusterOptions;
  /** null: no server. */
  readonly http: { readonly port: number; readonly host: string } | null;
}

/** @throws UsageError if the store is missing, or a number is none */
export function nodeCommand(args: Args, env: Env = process.env): NodeCommand {
  const given = (name: Exclude<keyof typeof ARGS, 'tasks'>): string | undefined =>
    args[name] ?? (env[`ATASKER_${name.toUpperCase().replaceAll('-', '_')}`] || undefined);
  const count = (name: Parameters<typeof given>[0]): number | undefined => numberOf(`--${name}`, given(name));
  const store = given('store');
  if (store === undefined) throw new UsageError('name the store: --store sqlite:./tasks.db, or ATASKER_STORE');
  const threadPool = { poolSize: count('pool-size'), ...reserves(count('reserve-normal'), count('reserve-high')) };
  const port = count('http-port');
  return {
    options: {
      store,
      id: given('id'),
      node: { tasks: args._, grace: given('grace') as Duration | undefined },
      threadPool: withoutUndefined(threadPool),
      processPool: withoutUndefined({ poolSize: count('process-pool-size') }),
      asyncPool: withoutUndefined({ poolSize: count('async-pool-size') }),
      lease: given('lease') as Duration | undefined,
      maxLost: count('max-lost'),
      keepResults: given('keep-results') as Duration | undefined,
    },
    http: port === undefined ? null : { port, host: given('http-host') ?? '127.0.0.1' },
  };
}

function reserves(reserveNormal: number | undefined, reserveHigh: number | undefined): ThreadPoolOptions {
  return { reserveNormal, reserveHigh };
}

/** An empty object changes no option of a pool. */
function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function numberOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value)) throw new UsageError(`${name} must be a whole number, got ${value}`);
  return Number(value);
}
