import type { StopOptions } from '../../src/supervisor/options.ts';
import type { SupervisorOptions } from '../../src/index.ts';
import { settingRandom, type Plan } from './plan.ts';
import type { Random } from './random.ts';

/** The limits of a pool that the rules know. */
export interface PoolLimits {
  readonly poolSize: number;
  readonly reserveNormal: number;
  readonly reserveHigh: number;
  readonly maxSize: number;
}

/** What a program is like, before it does anything. */
export interface Setting {
  readonly limits: PoolLimits;
  readonly options: SupervisorOptions;
  /** How many tasks may wait; Infinity if none is refused. */
  readonly maxQueue: number;
  /** Whether the pool waits so briefly for its threads that it may give up their memory without a reason. */
  readonly isImpatient: boolean;
  /** The largest number of calls at a time: now and then there are far more tasks than a ring has room for. */
  readonly burst: number;
  /** How often a call has a delay or a time limit. */
  readonly limitChance: number;
  /** How often the arguments of a call have no room in an entry of the run queue. */
  readonly largeChance: number;
  /** How often a task calls a child. */
  readonly childChance: number;
  /** Whether somebody listens for starts, which are then told at once. */
  readonly hearsStarts: boolean;
  /** How the supervisor is stopped while tasks are left; null if it is stopped when all tasks have ended. */
  readonly stop: StopOptions | null;
  /** How often the supervisor is started. */
  readonly rounds: number;
}

/** The id of the supervisor. */
export const ID = 'simulated';

/** A thread takes longer here to skip a ring of withdrawn tasks: the clock goes on between two of its steps. */
const IMPATIENT_MS = 200;

export function settingOf(plan: Plan): Setting {
  const random = settingRandom(plan);
  const limits = poolLimits(random);
  const mayRefuse = random.happens(0.2);
  const maxQueue = random.of([0, 1, 5, 30]);
  const minSize = random.of([0, 0, 1, 'max'] as const);
  const idleTimeout = 5 + random.below(50);
  const startTimeout = random.of([10_000, 10_000, IMPATIENT_MS]);
  const pool = {
    ...limits,
    minSize,
    idleTimeout,
    startTimeout,
    ...(mayRefuse ? { maxQueue } : random.happens(0.1) ? { maxQueue, whenFull: 'wait' as const } : {}),
  };
  return {
    limits,
    options: {
      id: ID,
      transport: plan.transport,
      cancelGrace: random.of([0, 5, 50]),
      [plan.tt === 'thread' ? 'threadPool' : 'processPool']: pool,
    },
    maxQueue: mayRefuse ? maxQueue : Infinity,
    isImpatient: startTimeout === IMPATIENT_MS,
    burst: random.of([2, 2, 2, 3, 3, 5, 5, 400]),
    limitChance: random.of([0, 0, 0.2, 0.6]),
    largeChance: random.of([0, 0, 0.1, 0.6]),
    childChance: random.of([0, 0, 0.1, 0.4]),
    hearsStarts: random.happens(0.3),
    stop: random.of([null, null, {}, { cancelTasks: true }, { wait: random.below(40) }]),
    rounds: random.of([1, 1, 2]),
  };
}

/** Some limits, of the start or of a resize. */
export function poolLimits(random: Random): PoolLimits {
  const limits = { poolSize: 1 + random.below(3), reserveNormal: random.below(2), reserveHigh: random.below(2) };
  const slots = limits.poolSize + limits.reserveNormal + limits.reserveHigh;
  return { ...limits, maxSize: slots + random.below(2) };
}
