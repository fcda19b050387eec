import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, type SupervisorEvents } from 'atasker';
import {
  add,
  blockLoop,
  echo,
  holdStubbornly,
  holdUntil,
  OutOfPaper,
  print,
  sumInChildren,
  tellSteps,
  untilAborted,
  where,
} from './tasks/tasks.ts';
import { old } from './tasks/few.ts';
import { LEASE_MS, open, Programs, tasksFile, whereabouts } from './support/programs.ts';

describe('over programs on one SQLite file,', () => {
  test('a node whose event loop is blocked for longer than the lease keeps its tasks', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const node = await programs.node();
    const gate = programs.file();
    const held = holdStubbornly.with({ supervisor })(gate);
    await whereabouts(held);
    const other = await programs.node();
    const blocks = await blockLoop.with({ supervisor })(3 * LEASE_MS);
    assert.equal(blocks.attempt, 1);
    const alsoOther = await blockLoop.with({ supervisor })(1);
    assert.ok([node.pid, other.pid].includes(alsoOther.pid));
    open(gate);
    assert.deepEqual(await held, { pid: node.pid, attempt: 1 });
  });

  test('a node runs what it knows, and leaves the rest to others', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const older = await programs.node({}, { tasks: ['few'] });
    const unknown = where.with({ supervisor, priority: 'critical' })();
    await unknown.accepted;
    const known = await Promise.all(Array.from({ length: 10 }, () => old.with({ supervisor })()));
    assert.deepEqual(new Set(known), new Set([older.pid]));
    assert.deepEqual((await supervisor.getClusterInfo()).unknownNames, ['where']);
    const newer = await programs.node();
    assert.deepEqual(await unknown, { pid: newer.pid, attempt: 1 });
    assert.deepEqual((await supervisor.getClusterInfo()).unknownNames, []);
  });

  test('a node runs a function that its file does not export, and that nothing else refers to', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const node = await programs.node({}, { tasks: ['hidden'], execArgv: ['--expose-gc'] });
    const hidden = backgroundTask(() => 0, { name: 'hidden', module: tasksFile('hidden'), supervisor });
    assert.equal(await hidden(), node.pid);
  });

  test('a high task starts at once on a node full of low ones, in the reserve', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    await programs.node({ threadPool: { poolSize: 2, reserveNormal: 0, reserveHigh: 1 } });
    const gate = programs.file();
    const low = Array.from({ length: 6 }, () => holdUntil.with({ supervisor, priority: 'low' })(gate));
    await Promise.all(low.slice(0, 2).map(whereabouts));
    assert.equal((await where.with({ supervisor, priority: 'high' })()).attempt, 1);
    const { queued, running } = await supervisor.getClusterInfo();
    assert.deepEqual([queued.thread.low, running], [4, 2]);
    open(gate);
    await Promise.all(low);
  });

  test('the calls of a task run on the node of the task', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    await programs.node();
    await programs.node();
    const { own, children } = await sumInChildren.with({ supervisor })(8);
    assert.deepEqual(new Set(children), new Set([own.pid]));
  });

  test('a cancel reaches a running task, which hears the reason', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    await programs.node();
    const task = untilAborted.with({ supervisor })();
    await whereabouts(task);
    assert.ok(task.cancel(new OutOfPaper(3)));
    await assert.rejects(task, (error: Error & { code: string }) => {
      assert.equal(error.code, 'ERR_TASK_CANCELED');
      assert.ok(error.cause instanceof OutOfPaper);
      return true;
    });
  });

  test('a task that waits is cancelled where it waits, and never runs', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    const [waiting, delayed] = [where.with({ supervisor })(), where.with({ supervisor, delay: '1h' })()];
    await Promise.all([waiting.accepted, delayed.accepted]);
    for (const task of [waiting, delayed]) {
      task.cancel();
      await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
      assert.equal(task.isStarted(), false);
    }
    assert.equal((await supervisor.findTask(waiting.id))!.state, 'canceled');
  });

  test('events, progress and errors come back as from a thread of this program', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    await programs.node();
    const order: string[] = [];
    const events = [
      'taskQueued',
      'taskStarted',
      'taskProgress',
      'taskFailed',
    ] as const satisfies (keyof SupervisorEvents)[];
    for (const event of events) supervisor.on(event, () => order.push(event));
    const steps: unknown[] = [];
    const task = tellSteps.with({ supervisor })(3);
    task.onProgress((step) => steps.push(step));
    await task;
    assert.deepEqual(steps, [1, 2, 3]);
    const error = await print
      .with({ supervisor })(2)
      .then(
        () => assert.fail('it completed'),
        (reason: unknown) => reason as OutOfPaper,
      );
    assert.ok(error instanceof OutOfPaper);
    assert.deepEqual([error.message, error.tray], ['tray 2 is empty', 2]);
    assert.ok(error.cause instanceof RangeError);
    assert.match(error.stack!, /at print .*tasks\.js/);
    assert.deepEqual(order, [
      'taskQueued',
      'taskStarted',
      'taskProgress',
      'taskProgress',
      'taskProgress',
      'taskQueued',
      'taskStarted',
      'taskFailed',
    ]);
  });

  test('values arrive equal, both ways', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter();
    await programs.node();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const values = [
      undefined,
      null,
      Number.NaN,
      -0,
      Infinity,
      12n ** 30n,
      '',
      '~\n\u{2028}"',
      new Date(0),
      /a+/gi,
      new Map([[{ a: 1 }, new Set([1n])]]),
      new Uint8Array([0, 255]),
      new Float64Array([0.5]),
      [undefined, 3],
      { nested: { date: new Date(8.64e15), list: [Number.NaN] } },
      cyclic,
      new RangeError('no'),
    ];
    const back = await Promise.all(values.map((value) => echo.with({ supervisor })(value)));
    assert.deepStrictEqual(back, values);
  });

  test('an id that two programs submit is one task, and both see the same end', async () => {
    await using programs = new Programs();
    const [first, second] = [programs.submitter(), programs.submitter()];
    const gate = programs.file();
    const call = { target: holdUntil, args: [gate] as [string], taskId: 'order-42' };
    const tasks = [first.putTask(call), first.putTask(call), second.putTask(call)];
    assert.equal(tasks[0], tasks[1], 'in one program they are one handle');
    await Promise.all(tasks.map(({ accepted }) => accepted));
    const node = await programs.node();
    open(gate);
    for (const run of await Promise.all(tasks)) assert.deepEqual(run, { pid: node.pid, attempt: 1 });
    const late = programs.submitter().putTask(call);
    assert.deepEqual(await late, { pid: node.pid, attempt: 1 }, 'it had ended before');
  });

  test('a program can submit tasks and run them', async () => {
    await using programs = new Programs();
    const supervisor = programs.submitter({ node: true });
    const sums = await add.with({ supervisor }).map([1, 2, 3], { args: [10] });
    assert.deepEqual(sums, [11, 12, 13]);
    assert.equal((await where.with({ supervisor })()).pid, process.pid);
  });
});
