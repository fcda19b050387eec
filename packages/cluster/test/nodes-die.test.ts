import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { holdStubbornly, holdUntil, killItsNode, where, type Run } from './tasks/tasks.ts';
import { LEASE_MS, open, Programs, whereabouts, type NodeProgram } from './support/programs.ts';

const one = { threadPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } };

function nodeOf(nodes: readonly NodeProgram[], pid: number): NodeProgram {
  return nodes.find((node) => node.pid === pid)!;
}

describe('a node that dies', () => {
  test('loses nothing: its task runs again elsewhere, within the lease and two seconds, as attempt 2', async () => {
    await using programs = new Programs();
    const nodes = [await programs.node(one), await programs.node(one)];
    const task = holdUntil.with({ supervisor: programs.submitter() })(programs.file());
    const first = await whereabouts(task);
    assert.equal(first.attempt, 1);
    nodeOf(nodes, first.pid).kill('SIGKILL');
    const from = performance.now();
    const second = await whereabouts(task);
    const tookMs = performance.now() - from;
    assert.equal(second.attempt, 2);
    assert.notEqual(second.pid, first.pid);
    assert.ok(tookMs < LEASE_MS + 2000, `it took ${tookMs} ms`);
    task.cancel();
    await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
  });

  test('with a task that kills every node fails that task with ERR_TASK_LOST, which names the nodes', async () => {
    await using programs = new Programs();
    const options = { ...one, maxLost: 2, lease: 300 };
    const nodes = [await programs.node({ ...options, id: 'a' }), await programs.node({ ...options, id: 'b' })];
    const supervisor = programs.submitter({ maxLost: 2, lease: 300 });
    const task = killItsNode.with({ supervisor })();
    const watcher = await programs.node({ ...options, id: 'c' }, { tasks: ['few'] }); // sees that the last lease runs out
    const error = await task.then(
      () => assert.fail('it completed'),
      (reason: Error & { code: string; nodes: string[] }) => reason,
    );
    assert.equal(error.code, 'ERR_TASK_LOST');
    assert.deepEqual(error.nodes.toSorted(), nodes.map(({ id }) => id).toSorted());
    for (const { id } of nodes) assert.ok(error.message.includes(id), error.message);
    const found = await supervisor.findTask(task.id);
    assert.equal((found!.error as { code: string }).code, 'ERR_TASK_LOST');
    watcher.kill('SIGTERM');
    assert.equal(await watcher.exited, 0);
  });
});

describe('a node that is asked to end by SIGTERM', () => {
  test('lets its tasks finish, claims no more, and exits with 0', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const node = await programs.node({ threadPool: { poolSize: 2, reserveNormal: 0, reserveHigh: 0 } });
    const gate = programs.file();
    const running = [1, 2].map(() => holdStubbornly.with({ supervisor })(gate));
    const waiting = Array.from({ length: 20 }, () => where.with({ supervisor })());
    for (const { pid } of await Promise.all(running.map(whereabouts))) assert.equal(pid, node.pid);
    node.kill('SIGTERM');
    const critical = where.with({ supervisor, priority: 'critical' })();
    await critical.accepted;
    open(gate);
    assert.equal(await node.exited, 0);
    for (const { pid, attempt } of await Promise.all(running))
      assert.deepEqual({ pid, attempt }, { pid: node.pid, attempt: 1 });
    const other = await programs.node(one);
    for (const run of await Promise.all([...waiting, critical])) assert.deepEqual(run, { pid: other.pid, attempt: 1 });
  });

  test('hands back what does not finish within its grace, and no attempt is counted', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const node = await programs.node({ ...one, cancelGrace: 100 }, { grace: 100 });
    const gate = programs.file();
    const tasks = [holdUntil, holdStubbornly].map((fn) => fn.with({ supervisor })(gate));
    const first = await Promise.race(tasks.map(whereabouts));
    assert.deepEqual(first, { pid: node.pid, attempt: 1 });
    node.kill('SIGTERM');
    assert.equal(await node.exited, 0);
    open(gate);
    const other = await programs.node(one);
    const runs: Run[] = await Promise.all(tasks);
    assert.deepEqual(
      runs,
      [1, 2].map(() => ({ pid: other.pid, attempt: 1 })),
    );
  });
});

describe('a submitter that dies', () => {
  test('leaves tasks that end all the same, and other programs find them', async () => {
    await using programs = new Programs();
    const gate = programs.file();
    const program = programs.start('submitter', [programs.store, gate, '3']);
    const [ids] = (await once(program, 'message')) as [string[]];
    program.kill('SIGKILL');
    await once(program, 'exit');
    const supervisor = programs.submitter();
    assert.equal((await supervisor.findTask(ids[0]!))!.state, 'queued');
    const node = await programs.node();
    open(gate);
    const joined = ids.map((taskId) => supervisor.putTask({ target: holdUntil, args: ['unused'], taskId }));
    for (const run of await Promise.all(joined)) assert.deepEqual(run, { pid: node.pid, attempt: 1 });
    for (const id of ids) {
      const found = (await supervisor.findTask(id))!;
      assert.deepEqual([found.state, found.definition, found.attempt], ['completed', 'holdUntil', 1]);
      assert.deepEqual(found.result, { pid: node.pid, attempt: 1 });
    }
    assert.equal(await supervisor.findTask('unknown'), undefined);
  });
});
