/** Each way to go wrong at each stage of a task: it ends once, in the one way that is told here, and the pool is whole. */
import assert from 'node:assert/strict';
import { isTaskError, type Task, type TaskErrorCode } from 'atasker';
import { strikeOnArrival, StruckOnArrival } from './arrival.ts';
import { failsWith, failure } from './ends.ts';
import { callIn } from './modules.ts';
import type { ContractPool } from './pool.ts';
import { rows, type RowBody } from './row.ts';
import { strikes, STRIKES, type Strike } from './strikes.ts';
import type { ContractPoolOptions, ContractTrait } from './subject.ts';
import { echo, layMine, returnStriking, striking, strikingValue, thenStrike, throwOnArrival } from './tasks.ts';

/** How the task of a cell ends: completed, failed with an error of its own, or of ours. */
type End = 'completed' | 'its own error' | TaskErrorCode;

/** Left out: at this stage only code of the caller runs, in its own thread; what that does to itself is no fault of a task. */
const IN_CALLER = null;

interface Stage {
  /** Runs the task of a cell, and then looks at its end. */
  readonly run: (pool: ContractPool, strike: Strike, look: (task: Task) => Promise<void>) => Promise<void>;
  readonly needs: readonly ContractTrait[];
  readonly ends: Readonly<Record<Strike, End | null>>;
}

const callerOnly = {
  exit: IN_CALLER,
  SIGKILL: IN_CALLER,
  SIGSEGV: IN_CALLER,
  abort: IN_CALLER,
  memory: IN_CALLER,
  loop: IN_CALLER,
  'native block': IN_CALLER,
} as const;

const lost = {
  exit: 'ERR_TASK_LOST',
  SIGKILL: 'ERR_TASK_LOST',
  SIGSEGV: 'ERR_TASK_LOST',
  abort: 'ERR_TASK_LOST',
} as const;

const whileRunning = {
  ...lost,
  memory: 'ERR_TASK_OUT_OF_MEMORY',
  loop: 'ERR_TASK_TIMEOUT',
  'native block': 'ERR_TASK_TIMEOUT',
} as const;

const refused = {
  throw: 'ERR_TASK_CLONE',
  reject: 'ERR_TASK_CLONE',
  'non-error': 'ERR_TASK_CLONE',
  stack: 'ERR_TASK_CLONE',
} as const;

const harmless = { throw: 'completed', reject: 'completed', 'non-error': 'completed', stack: 'completed' } as const;

const stages: Readonly<Record<string, Stage>> = {
  'while its arguments are encoded': {
    run: ({ on }, strike, look) => look(echo.with(on)(strikingValue(strike))),
    needs: ['copies'],
    ends: { ...refused, ...callerOnly },
  },
  'while its arguments are decoded': {
    run: async ({ on }, strike, look) => {
      await layMine.with(on)(strike);
      await look(echo.with(limited(on, strike))(new StruckOnArrival('mined')));
    },
    needs: ['ends'],
    ends: { ...harmless, ...whileRunning }, // a name that cannot be read is left out
  },
  'while its module is loaded': {
    run: async (pool, strike, look) => {
      await using call = await callIn(pool, `await (${String(strikes[strike])})();`);
      await look(call.task);
    },
    needs: ['ends'],
    ends: {
      throw: 'ERR_TASK_LOAD',
      reject: 'ERR_TASK_LOAD',
      'non-error': 'ERR_TASK_LOAD',
      stack: 'ERR_TASK_LOAD',
      ...lost,
      exit: 'ERR_TASK_LOAD', // of a module it has no effect
      memory: 'ERR_TASK_OUT_OF_MEMORY',
      loop: 'ERR_TASK_LOAD',
      'native block': 'ERR_TASK_LOAD',
    },
  },
  'in its body': {
    run: ({ on }, strike, look) => look(striking.with(limited(on, strike))(strike)),
    needs: [],
    ends: {
      throw: 'its own error',
      reject: 'its own error',
      'non-error': 'ERR_TASK_NON_ERROR',
      stack: 'its own error',
      ...whileRunning,
    },
  },
  'while its result is encoded': {
    run: ({ on }, strike, look) => look(returnStriking.with(limited(on, strike))(strike)),
    needs: ['ends'],
    ends: { ...refused, ...whileRunning },
  },
  'while its end is decoded': {
    run: async ({ on }, strike, look) => {
      strikeOnArrival(strike);
      await look(throwOnArrival.with(on)()).finally(() => strikeOnArrival(null));
    },
    needs: ['copies'],
    ends: {
      throw: 'its own error',
      reject: 'its own error',
      'non-error': 'its own error',
      stack: 'its own error',
      ...callerOnly,
    },
  },
  'after its return': {
    run: ({ on }, strike, look) => look(thenStrike.with(on)(strike)),
    needs: ['ends'],
    ends: Object.fromEntries(STRIKES.map((strike) => [strike, 'completed'])) as Record<Strike, End>,
  },
};

/** Who ends the process of the caller: only a process of its own can be asked for that. */
const deadly: ReadonlySet<Strike> = new Set(['SIGKILL', 'SIGSEGV', 'abort']);

/** Who only ends the thread or process that it is in, or blocks it. */
const rough: ReadonlySet<Strike> = new Set(['exit', 'memory', 'loop', 'native block']);

const blocking: ReadonlySet<Strike> = new Set(['loop', 'native block']);

/** Whatever an earlier task has left behind, the next one meets it. */
const oneMember = (strike: Strike): ContractPoolOptions => ({
  maxSize: 1,
  startTimeout: blocking.has(strike) ? '1500ms' : '30s', // what blocks is to be ended; the rest may take its time
});

/** Only what blocks has a limit: the rest takes the time that it takes. */
function limited(on: ContractPool['on'], strike: Strike): ContractPool['on'] & { readonly timeout?: number } {
  return blocking.has(strike) ? { ...on, timeout: 100 } : on;
}

function cell(name: string, stage: Stage, strike: Strike): RowBody | null {
  const end = stage.ends[strike];
  if (end === null) return null;
  const needs = [...stage.needs, ...traitsFor(strike)];
  return {
    name: `${strike} ${name}: ${end}`,
    needs,
    cancelGrace: 0,
    isNoisy: true,
    pool: { ...(needs.includes('ends') ? oneMember(strike) : {}), ...(strike === 'memory' ? { heapMb: 32 } : {}) },
    run: (pool) => stage.run(pool, strike, (task) => assertEnd(task, end)),
  };
}

function traitsFor(strike: Strike): readonly ContractTrait[] {
  if (deadly.has(strike)) return ['ends', 'processes'];
  return rough.has(strike) ? ['ends'] : [];
}

async function assertEnd(task: Task, end: End): Promise<void> {
  if (end === 'completed') await task;
  else if (end === 'its own error') assert.equal(isTaskError(await failure(task)), false);
  else await failsWith(task, end);
}

export const matrixRows = rows(
  'the matrix',
  Object.entries(stages)
    .flatMap(([name, stage]) => STRIKES.map((strike) => cell(name, stage, strike)))
    .filter((each) => each !== null),
);
