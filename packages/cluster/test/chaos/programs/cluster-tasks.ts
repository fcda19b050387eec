/** Task functions that note when they begin and return, wherever they run. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { backgroundTask, currentTask, type TaskType } from 'atasker';
import { ProgramLog } from './program-log.ts';

/** What a task is called with. */
export interface Work {
  readonly tt: TaskType;
  readonly ms: number;
  /** Goes there and back. */
  readonly filler: string;
  readonly isChild?: boolean;
}

/** What it returns: which run it was. */
export interface Done {
  readonly run: string;
  readonly filler: string;
}

/** The environment of a node, which its threads and processes have as well. */
export const NODE = { name: 'CHAOS_NODE', log: 'CHAOS_LOG', pid: 'CHAOS_PID' } as const;

/** Notes the run of a function around what it does. */
export async function run(
  { tt, filler, isChild = false }: Work,
  body: (signal: AbortSignal, run: string) => Promise<void>,
): Promise<Done> {
  const { id, attempt, priority, signal } = currentTask();
  const log = new ProgramLog(process.env[NODE.log]!);
  const node = process.env[NODE.name]!;
  const runId = randomUUID();
  log.note({ type: 'began', node, run: runId, id, tt, priority, attempt, isChild });
  try {
    await body(signal, runId);
    return { run: runId, filler };
  } finally {
    log.note({ type: 'returned', run: runId });
  }
}

export const resize = backgroundTask(function resize(work: Work): Promise<Done> {
  return run(work, (signal) => sleep(work.ms, undefined, { signal }));
});

/** Computes, and does not let its thread do anything else. */
export const index = backgroundTask(function index(work: Work): Promise<Done> {
  return run(work, async (signal) => {
    for (const start = performance.now(); performance.now() - start < work.ms / 4;) signal.throwIfAborted();
  });
});

export const fails = backgroundTask(function fails(work: Work): Promise<Done> {
  return run(work, async (signal, runId) => {
    await sleep(work.ms, undefined, { signal });
    throw new RangeError(`failed in run ${runId}`);
  });
});

/** Calls another task, and waits for it. */
export const nest = backgroundTask(function nest(work: Work): Promise<Done> {
  return run(work, async (_signal, runId) => {
    const log = new ProgramLog(process.env[NODE.log]!);
    const child = resize.with({ tt: work.tt })({ ...work, isChild: true });
    log.note({ type: 'suspended', run: runId });
    await child;
    log.note({ type: 'resumed', run: runId });
  });
});

/** Blocks the event loop of its node, if it is an async task. */
export const block = backgroundTask(function block(work: Work): Promise<Done> {
  return run(work, async () => {
    const node = process.env[NODE.name]!;
    if (work.tt === 'async') new ProgramLog(process.env[NODE.log]!).note({ type: 'loopBlocked', node, ms: work.ms });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, work.ms);
  });
});

/** Kills its node. */
export const deadly = backgroundTask(function deadly(work: Work): Promise<Done> {
  return run(work, async () => void process.kill(Number(process.env[NODE.pid]), 'SIGKILL'));
});
