import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskStatus, TaskSupervisor } from 'atasker';
import { whenStarted } from './support/events.ts';
import { newGate } from './support/gate.ts';
import './support/leaks.ts';
import { fixtures, runNode } from './support/program.ts';
import { add, hold } from './tasks/basic.ts';

for (const [tt, count] of [
  ['async', 1_000_000],
  ['thread', 600_000],
] as const) {
  test(`${count.toLocaleString('en')} ${tt} tasks through one supervisor leave no trace in the heap`, async () => {
    const { stdout, stderr } = await runNode(['--expose-gc', `${fixtures}memory/slope.mjs`, tt, String(count)]);
    assert.equal(stderr, '');
    const bytesPerTask = Number.parseFloat(stdout);
    assert.ok(bytesPerTask < 1, `${bytesPerTask} bytes are left of a task`);
  });
}

/** The most that a waiting task may take. It is 390 on Node.js 20. */
const MOST_WAITING = 400;

test(`a waiting task takes at most ${MOST_WAITING} bytes, with the promise that it is`, async () => {
  const { stdout, stderr } = await runNode(['--expose-gc', `${fixtures}memory/waiting.mjs`]);
  assert.equal(stderr, '');
  const bytes = Number.parseFloat(stdout);
  assert.ok(bytes > 100 && bytes <= MOST_WAITING, `${bytes} bytes`);
});

test('60,000 children that a task in a thread has called leave no trace in the heap of the program', async () => {
  const { stdout, stderr } = await runNode(['--expose-gc', `${fixtures}memory/nested.mjs`, '60000']);
  assert.equal(stderr, '');
  const bytesPerTask = Number.parseFloat(stdout);
  assert.ok(bytesPerTask < 20, `${bytesPerTask} bytes are left of a child`);
});

test('a function that makes a task of a closure at each call leaves nothing of it, nor what the closure holds', async () => {
  const { stdout, stderr, code } = await runNode(['--expose-gc', `${fixtures}memory/closures.mjs`]);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  const [later, inModule, kept] = stdout.split('\n');
  assert.ok(Number(later) < 200, `${later} bytes are left of each`);
  assert.ok(Number(inModule) < 200, `${inModule} bytes are left of each`);
  assert.equal(kept, 'kept');
});

test('200,000 waiting and delayed tasks are all cancelled by stop, and none of them begins', async () => {
  const supervisor = new TaskSupervisor({ threadPool: { poolSize: 1 }, cancelGrace: 0 });
  const low = { supervisor, priority: 'low' } as const;
  const started = whenStarted(supervisor, 1);
  const first = hold.with(low)(newGate()); // the gate stays closed: only stop ends this task
  await started;
  const delayed = add.with({ supervisor, delay: '1h' });
  const waiting = add.with(low);
  const tasks = Array.from({ length: 200_000 }, (_, n) => (n % 2 === 0 ? delayed(1, 1) : waiting(1, 1)));
  const { canceled, completed } = await supervisor.stop({ cancelTasks: true });
  assert.deepEqual({ canceled, completed }, { canceled: tasks.length + 1, completed: 0 });
  await assert.rejects(first, { code: 'ERR_TASK_CANCELED' });
  assert.ok(tasks.every(({ status, timeStarted }) => status === TaskStatus.canceled && timeStarted === null));
});

test('1,000,000 waiting tasks are cancelled as fast, one by one, as 50,000, and then the program ends', async () => {
  const [few, many] = [await msToCancel(50_000), await msToCancel(1_000_000)];
  const times = many / few;
  assert.ok(times < 20 * 5, `20 times as many take ${times} times as long: ${few} ms, ${many} ms`);
  assert.ok(many < 20_000, `${many} ms`); // 2 s on a machine that does nothing else
});

async function msToCancel(tasks: number): Promise<number> {
  const { stdout, stderr, code } = await runNode([`${fixtures}memory/cancel-many.mjs`, String(tasks)]);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return Number.parseFloat(stdout);
}
