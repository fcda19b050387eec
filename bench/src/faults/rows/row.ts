import type { Pool } from '../../contenders/contender.ts';
import type { FaultPool, Feature, FunctionName, Needs } from '../contenders/contender.ts';
import type { ColumnName } from '../contenders/index.ts';
import type { Rule } from '../rules.ts';

/** A fault: how it is caused, and the behaviour that is expected. */
export interface Row {
  readonly title: string;
  /** What is right, in a few words; `rule` decides it. */
  readonly expected: string;
  readonly rule: Rule;
  readonly needs?: Partial<Needs>;
  /** Without this there is nothing to try. */
  readonly requires?: Feature;
  /** Only processes can have it. */
  readonly processes?: true;
  /** The innocent task is called only after the pool has been idle for this long. */
  readonly idleMs?: number;
  /** Gives the end of the task with the fault. */
  submit(trial: Trial): PromiseLike<unknown>;
}

/** What a row works with. */
export interface Trial {
  readonly pool: FaultPool;
  /** Another one like `pool`. */
  readonly open: () => FaultPool;
  readonly openWithPriorities: () => Pool;
  readonly column: ColumnName;
}

/** When a task is cancelled that does not end by itself, and when its timeout is over. */
export const END_MS = 500;

export function task(name: FunctionName, input?: unknown): Row['submit'] {
  return ({ pool }) => pool.run(name, input);
}

export function timedOut(name: FunctionName): Row['submit'] {
  return ({ pool }) => pool.run(name, undefined, { timeoutMs: END_MS });
}

export function cancelled(name: FunctionName, input?: unknown): Row['submit'] {
  return ({ pool }) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), END_MS);
    return pool.run(name, input, { signal: controller.signal });
  };
}
