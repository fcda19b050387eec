import * as fc from 'fast-check';
import type { Priority, TaskSupervisor, TaskType } from 'atasker';
import type { Limits } from '../../src/core/limits.ts';
import { anyPriority } from '../core/entries.ts';
import { anyLimits } from '../core/naive-pool.ts';
import type { Order } from '../tasks/obedient.ts';

/** One thing that happens to a supervisor. `pick` chooses among the tasks to which it can happen. */
export type Op =
  | { readonly kind: 'submit'; readonly tt: TaskType; readonly priority: Priority; readonly delay: number }
  | { readonly kind: 'call'; readonly pick: number; readonly tt: TaskType; readonly priority: Priority }
  | { readonly kind: 'end'; readonly pick: number; readonly how: 'return' | 'throw' }
  | { readonly kind: 'crash'; readonly pick: number; readonly how: 'exit' | 'kill' | 'throwAside' }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'setPriority'; readonly pick: number; readonly priority: Priority }
  | { readonly kind: 'resize'; readonly tt: TaskType; readonly limits: Limits }
  | { readonly kind: 'advance' | 'restart' };

/** Of a task that is to run on an aloop. */
export type LoopOp = { readonly kind: 'submitToLoop'; readonly priority: Priority; readonly delay: number };

/** Where a task runs. */
export type Place = TaskType | 'aloop';

type Harm = Extract<Op, { kind: 'end' | 'crash' }>['how'];

/** Here a crash would end the test, and one thread alone cannot be killed. */
export function orderFor(place: Place, how: Harm): Exclude<Order['do'], 'call'> {
  if (place === 'async') return how === 'return' ? 'return' : 'throw';
  return place !== 'process' && how === 'kill' ? 'exit' : how;
}

export function resize(supervisor: TaskSupervisor, { tt, limits }: Extract<Op, { kind: 'resize' }>): void {
  switch (tt) {
    case 'thread':
      return supervisor.setThreadPool(limits);
    case 'process':
      return supervisor.setMpPool(limits);
    case 'async':
      return supervisor.setAsyncPool(limits);
  }
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** A process takes far longer to start than anything else. */
const anyType: fc.Arbitrary<TaskType> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('thread' as const) },
  { weight: 6, arbitrary: fc.constant('async' as const) },
  { weight: 1, arbitrary: fc.constant('process' as const) },
);

const pick = fc.nat(1_000);
const ofKind = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);
const newTask = { tt: anyType, priority: anyPriority };
const noDelay = { delay: fc.constant(0) };
const anyDelay = { delay: fc.integer({ min: 1, max: 9 }) };
const anyEnd = fc.constantFrom('return' as const, 'throw' as const);
const anyCrash = fc.constantFrom('exit' as const, 'kill' as const, 'throwAside' as const);

/** So small that most tasks have to wait. */
const tight: fc.Arbitrary<Limits> = fc.record({
  poolSize: fc.integer({ min: 1, max: 2 }),
  reserveNormal: fc.nat(1),
  reserveHigh: fc.nat(1),
});

const anyPool = fc.oneof({ weight: 3, arbitrary: tight }, { weight: 1, arbitrary: anyLimits });

export const anyPools = fc.record({
  threadPool: anyPool,
  processPool: anyPool,
  asyncPool: anyPool,
  transport: fc.constantFrom('shared' as const, 'message' as const),
});

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: ofKind('submit'), ...newTask, ...noDelay }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('submit'), ...newTask, ...anyDelay }) },
  { weight: 7, arbitrary: fc.record({ kind: ofKind('call'), pick, ...newTask }) },
  { weight: 6, arbitrary: fc.record({ kind: ofKind('end'), pick, how: anyEnd }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('crash'), pick, how: anyCrash }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('cancel'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('setPriority'), pick, priority: anyPriority }) },
  { weight: 2, arbitrary: fc.record({ kind: ofKind('resize'), tt: anyType, limits: anyPool }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('advance') }) },
  { weight: 1, arbitrary: fc.record({ kind: ofKind('restart') }) },
);

const anyLoopOp: fc.Arbitrary<LoopOp> = fc.record({
  kind: ofKind('submitToLoop'),
  priority: anyPriority,
  delay: fc.integer({ min: -4, max: 9 }).map((delay) => Math.max(0, delay)),
});

const many = { maxLength: 60, size: 'max' } as const;

export const anyOps: fc.Arbitrary<Op[]> = fc.array(anyOp, many);

export const anyOpsWithLoop: fc.Arbitrary<(Op | LoopOp)[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: anyOp }, { weight: 1, arbitrary: anyLoopOp }),
  many,
);
