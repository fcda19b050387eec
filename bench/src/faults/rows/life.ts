/** The life of a pool. */
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { settlement } from '../facts.ts';
import { completes, isValue } from '../rules.ts';
import { task, type Row, type Trial } from './row.ts';

const MANY = 10_000;
const TASKS = 11;
const LOW_MS = 2_000;
const ORPHAN_MS = 2_000;

interface Shared {
  readonly wrong: number;
  readonly warnings: number;
  readonly listeners: number;
}

export const life = {
  'idle-exit': {
    title: 'a task leaves a timer behind that calls `process.exit(1)`, and the pool is idle',
    expected: 'no other task notices',
    rule: completes('nobody notices', isValue('returned')),
    idleMs: 500,
    submit: task('exitsLater'),
  },
  'idle-kill': {
    title: 'SIGKILL of an idle process',
    expected: 'no task notices',
    rule: completes('nobody notices', (value) => (typeof value === 'number' ? null : 'no process id')),
    processes: true,
    idleMs: 500,
    submit: killIdle,
  },
  orphan: {
    title: 'SIGKILL of the program while a process of it is in an endless loop',
    expected: 'the process is gone after 2 s',
    rule: completes('gone', (value) => (value === 'gone' ? null : 'lives on')),
    processes: true,
    submit: killProgram,
  },
  'shared-signal': {
    title: `one AbortSignal for ${MANY.toLocaleString('en')} tasks`,
    expected: 'all complete, without a warning; no listener is left',
    rule: completes('all complete', (value) => problemOf(value as Shared)),
    requires: 'AbortSignal',
    submit: shareSignal,
  },
  'high-priority': {
    title: `a high task while a low one of ${LOW_MS / 1e3} s has the pool`,
    expected: 'it is done before the low one',
    rule: completes('done at once', (value) => (value === 'high' ? null : 'waits for low one')),
    submit: highUnderLow,
  },
  stop: {
    title: `the pool is closed with ${TASKS} tasks in it`,
    expected: 'all of them settle',
    rule: completes('all settle', (value) => (value === 0 ? null : `${value as number} of ${TASKS} hang`)),
    submit: stopWithQueue,
  },
} as const satisfies Record<string, Row>;

async function killIdle({ pool }: Trial): Promise<unknown> {
  const id = (await pool.run('pid')) as number;
  process.kill(id, 'SIGKILL');
  return id;
}

/** Another program of the same contender: orphan.ts. */
async function killProgram({ column }: Trial): Promise<string> {
  const file = fileURLToPath(new URL('../orphan.js', import.meta.url));
  const program = spawn(process.execPath, [file, column], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Not until its output is closed: an orphan may keep that open.
  const [[line]] = await Promise.all([once(program.stdout, 'data'), once(program, 'exit')]);
  const id = Number(line);
  if (!(id > 0)) throw new Error(`no process id but ${line}`);
  await sleep(ORPHAN_MS);
  return isAlive(id) ? 'alive' : 'gone';
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

async function shareSignal({ pool }: Trial): Promise<Shared> {
  let warnings = 0;
  process.on('warning', ({ name }) => (warnings += name === 'MaxListenersExceededWarning' ? 1 : 0));
  const { signal } = new AbortController();
  const results = await Promise.all(
    Array.from({ length: MANY }, (_, index) => pool.run('increment', index, { signal })),
  );
  return {
    wrong: results.filter((result, index) => result !== index + 1).length,
    warnings,
    listeners: getEventListeners(signal, 'abort').length,
  };
}

function problemOf({ wrong, warnings, listeners }: Shared): string | null {
  if (wrong > 0) return `${wrong} wrong results`;
  if (warnings > 0) return 'MaxListeners warning';
  return listeners > 0 ? `leaves ${listeners} listeners` : null;
}

/** Which of the two is done first, in a pool of their own. */
async function highUnderLow({ openWithPriorities }: Trial): Promise<string> {
  const pool = openWithPriorities();
  await pool.run('increment', 1);
  const low = pool.run('block', LOW_MS);
  await sleep(100);
  const high = pool.runUrgent('increment', 1);
  const first = await Promise.race([low.then(() => 'low'), high.then(() => 'high')]);
  await Promise.all([low, high]);
  await pool.close();
  return first;
}

/** How many tasks have not settled. A task that fails because of the stop has settled. */
async function stopWithQueue({ open }: Trial): Promise<number> {
  const pool = open();
  await pool.run('increment', 1);
  const tasks = Array.from({ length: TASKS }, () => settlement(() => pool.run('pause', 300), 6_000));
  await sleep(100);
  await pool.close();
  const ends = await Promise.all(tasks);
  return ends.filter(({ state }) => state === 'pending').length;
}
