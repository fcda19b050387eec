import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskSupervisor } from 'atasker';
import './support/leaks.ts';
import { fixtures, runNode } from './support/program.ts';
import { add } from './tasks/basic.ts';

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

test('20,000 children that a task in a thread has called leave no trace in the heap of the program', async () => {
  const { stdout, stderr } = await runNode(['--expose-gc', `${fixtures}memory/nested.mjs`, '20000']);
  assert.equal(stderr, '');
  const bytesPerTask = Number.parseFloat(stdout);
  assert.ok(bytesPerTask < 20, `${bytesPerTask} bytes are left of a child`);
});

test('200,000 waiting and delayed tasks are all cancelled by stop', async () => {
  const supervisor = new TaskSupervisor({ threadPool: { poolSize: 1 } });
  const delayed = add.with({ supervisor, delay: '1h' });
  const waiting = add.with({ supervisor, priority: 'low' });
  const tasks = Array.from({ length: 200_000 }, (_, n) => (n % 2 === 0 ? delayed(1, 1) : waiting(1, 1)));
  const report = await supervisor.stop({ cancelTasks: true });
  assert.equal(report.canceled + report.completed, tasks.length);
  assert.ok(tasks.every((each) => each.isCompleted()));
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
