import assert from 'node:assert/strict';
import type { Task, TaskSupervisor } from 'atasker';
import {
  placeOf,
  poolInfoOf,
  type ContractPlace,
  type ContractPoolOptions,
  type ContractSubject,
  type ContractSupervisorOptions,
} from './subject.ts';
import { add } from './tasks.ts';

/** What a row needs of the supervisor that its tasks run in. */
export interface PoolNeeds extends Omit<ContractSupervisorOptions, 'pool'> {
  /** One task runs at a time, unless this says otherwise. */
  readonly pool?: ContractPoolOptions;
  /** Whether something writes to the standard error when it dies, which would only worry whoever reads it. */
  readonly isNoisy?: boolean;
}

/** What the tasks of a row run in. */
export interface ContractPool {
  readonly subject: ContractSubject;
  readonly supervisor: TaskSupervisor;
  /** The options of its tasks. */
  readonly on: ContractPlace;
  readonly configure: (options: ContractPoolOptions) => void;
}

/** How many ordinary tasks must complete afterwards. */
const AFTERWARDS = 1000;

/** A pool in which one task runs at a time. */
const ONE: ContractPoolOptions = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };

/**
 * Runs a row with a supervisor of its own. Whatever the row did: ordinary tasks complete afterwards,
 * nothing is left once it has stopped, and each task has ended once.
 */
export async function inPool(
  subject: ContractSubject,
  needs: PoolNeeds,
  run: (pool: ContractPool) => Promise<void>,
): Promise<void> {
  const { pool = {}, isNoisy = false, ...options } = needs;
  const supervisor = subject.makeSupervisor({ ...options, pool: { ...ONE, ...pool } });
  const ends = countEnds(supervisor);
  supervisor.on('lateError', () => {}); // else it would be a warning
  const takeBack = isNoisy ? muteErrors() : () => {};
  let unfinished: readonly unknown[] = [];
  try {
    const on = placeOf(subject, supervisor);
    await run({ subject, supervisor, on, configure: (given) => subject.configure(supervisor, given) });
    supervisor.start(); // a row may have stopped it
    await assertWhole(on);
  } finally {
    ({ unfinished } = await supervisor.stop({ cancelTasks: true }));
    takeBack();
  }
  assertNothingLeft(subject, supervisor, unfinished.length);
  assertEndedOnce(supervisor, ends);
}

/** The pool does ordinary work, whatever it has been through. */
async function assertWhole(on: ContractPool['on']): Promise<void> {
  const addThere = add.with(on);
  const tasks = Array.from({ length: AFTERWARDS }, (_, n) => addThere(n, 1));
  const sums = await Promise.all(tasks);
  assert.deepEqual(
    sums,
    Array.from({ length: AFTERWARDS }, (_, n) => n + 1),
  );
}

/** Functions that cannot be ended, and have said so when it stopped, still hold their slots. */
function assertNothingLeft(subject: ContractSubject, supervisor: TaskSupervisor, unfinished: number): void {
  const { tasks, pools } = supervisor.getInfo();
  assert.deepEqual(tasks, []);
  for (const pool of [...Object.values(pools), poolInfoOf(subject, supervisor)]) {
    if (pool === undefined) continue;
    const { running, alive, delayed } = pool;
    assert.deepEqual({ running, alive, delayed }, { running: unfinished, alive: 0, delayed: 0 });
  }
}

function countEnds(supervisor: TaskSupervisor): Map<Task, number> {
  const ends = new Map<Task, number>();
  const count = ({ task }: { readonly task: Task }): unknown => ends.set(task, (ends.get(task) ?? 0) + 1);
  supervisor.on('taskCompleted', count);
  supervisor.on('taskFailed', count);
  supervisor.on('taskCanceled', count);
  return ends;
}

function assertEndedOnce(supervisor: TaskSupervisor, ends: Map<Task, number>): void {
  for (const [task, count] of ends) assert.equal(count, 1, `${task.name} has ended ${count} times`);
  const { completed, failed, canceled, lost } = supervisor.getInfo({ tasks: false }).totals;
  assert.equal(completed + failed + canceled + lost, ends.size);
}

function muteErrors(): () => void {
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  stderr.write = () => true;
  return () => void (stderr.write = write);
}
