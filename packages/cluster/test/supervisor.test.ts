import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { ClusterSupervisor, MemoryHub, MemoryStore, StoreError, type ClusterOptions } from '@atasker/cluster';
import { backgroundTask, currentTask, TaskStatus, type Task } from 'atasker';
import { add, echo, where } from './tasks/tasks.ts';

/** What lets `waits` return, by key. */
const gates = new Map<string, (result: unknown) => void>();
/** How often `waits` has begun, by key. */
const begun = new Map<string, number>();

const waits = backgroundTask(
  async function waits(key: string) {
    begun.set(key, (begun.get(key) ?? 0) + 1);
    return new Promise((resolve) => gates.set(key, resolve));
  },
  { tt: 'async' },
);

const reports = backgroundTask(
  async function reports(last: number) {
    for (let n = 1; n <= last; n += 1) currentTask().progress(n);
    return 'done';
  },
  { tt: 'async' },
);

const waitsAfterProgress = backgroundTask(
  async function waitsAfterProgress(key: string) {
    currentTask().progress(key);
    return new Promise((resolve) => gates.set(key, resolve));
  },
  { tt: 'async' },
);

const steps = backgroundTask(async (n: number) => n, { tt: 'async', name: 'steps' });

/** Several programs, each with its own connection, on one store in memory. */
class Hub implements AsyncDisposable {
  readonly #hub = new MemoryHub();
  readonly #supervisors: ClusterSupervisor[] = [];

  join(options: Partial<ClusterOptions> = {}): { supervisor: ClusterSupervisor; store: MemoryStore } {
    const store = new MemoryStore(this.#hub);
    const supervisor = new ClusterSupervisor({ store, cancelGrace: 0, ...options });
    this.#supervisors.push(supervisor);
    return { supervisor, store };
  }

  async node(options: Partial<ClusterOptions> = {}): Promise<{ supervisor: ClusterSupervisor; store: MemoryStore }> {
    const joined = this.join({ node: { grace: 0 }, ...options });
    await joined.supervisor.startNode();
    return joined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const supervisor of this.#supervisors) await supervisor.stop({ cancelTasks: true });
  }
}

function whenStarted(supervisor: ClusterSupervisor): Promise<void> {
  return new Promise((resolve) => supervisor.once('taskStarted', () => resolve()));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a store that cannot be reached', () => {
  test('gets its tasks when it is back, up to offlineBuffer; the others fail at once', async () => {
    await using hub = new Hub();
    const { supervisor, store } = hub.join({ offlineBuffer: 2 });
    await add.with({ supervisor })(1, 2).accepted;
    store.cut();
    await turn();
    await turn();
    const kept = [1, 2].map((n) => add.with({ supervisor })(n, 1));
    const refused = add.with({ supervisor })(3, 1);
    await assert.rejects(refused, { code: 'ERR_STORE_UNAVAILABLE' });
    await assert.rejects(refused.accepted, { code: 'ERR_STORE_UNAVAILABLE' });
    const dropped = kept[1]!;
    dropped.cancel();
    await assert.rejects(dropped, { code: 'ERR_TASK_CANCELED' });
    const from = performance.now();
    store.mend();
    await kept[0]!.accepted;
    assert.ok(performance.now() - from < 900, 'it has not waited for the next try');
    await hub.node();
    assert.equal(await kept[0]!, 2);
    assert.equal(await supervisor.findTask(dropped.id), undefined);
  });

  test('gets the ends of tasks when it is back, from a node that has kept its claims', async () => {
    await using hub = new Hub();
    const { supervisor } = hub.join();
    const node = await hub.node();
    const started = whenStarted(supervisor);
    const task = waits.with({ supervisor })('kept');
    await started;
    node.store.cut();
    await turn();
    assert.equal(node.supervisor.isNodeReady, false);
    gates.get('kept')!('done');
    await turn();
    node.store.mend();
    assert.equal(await task, 'done');
    assert.equal(begun.get('kept'), 1);
    assert.equal(node.supervisor.isNodeReady, true);
  });

  test('hears of a cancel when it is back', async () => {
    await using hub = new Hub();
    const { supervisor, store } = hub.join({ cancelGrace: '1h' });
    const task = waits.with({ supervisor })('never');
    await task.accepted;
    store.cut();
    await turn();
    await turn();
    task.cancel();
    await turn();
    store.mend();
    await assert.rejects(task, { code: 'ERR_TASK_CANCELED' });
    assert.equal((await supervisor.findTask(task.id))!.state, 'canceled');
  });
});

test('a task that is cancelled again and again is cancelled in the store once', async () => {
  await using hub = new Hub();
  const { supervisor, store } = hub.join({ cancelGrace: '1h' });
  await hub.node();
  const calls: string[] = [];
  const cancel = store.cancel.bind(store);
  store.cancel = async (id, payload) => {
    calls.push(id);
    return cancel(id, payload);
  };
  const started = whenStarted(supervisor);
  const task = waits.with({ supervisor })('stubborn');
  await started;
  for (let call = 0; call < 6; call += 1) {
    task.cancel(`reason ${call}`);
    await turn();
  }
  gates.get('stubborn')!('done');
  await assert.rejects(task, { code: 'ERR_TASK_CANCELED', cause: 'reason 0' });
  assert.deepEqual(calls, [task.id]);
});

describe('a store that cannot be opened', () => {
  test('fails all tasks at once, with its reason', async () => {
    const supervisor = new ClusterSupervisor({ store: 'sqlite:/no/such/folder/tasks.db' });
    for (let call = 0; call < 2; call += 1) {
      const task = add.with({ supervisor })(1, 2);
      const reason = { code: 'ERR_STORE_UNAVAILABLE', message: /tasks\.db cannot be opened/ };
      await assert.rejects(task, reason);
      await assert.rejects(task.accepted, reason);
    }
    await assert.rejects(supervisor.getClusterInfo(), { code: 'ERR_STORE_UNAVAILABLE' });
    await supervisor.stop();
  });

  test('is opened again until that works, if the reason may pass; one warning tells each time', async () => {
    await using hub = new Hub();
    const warnings: string[] = [];
    const note = ({ name, message }: Error): void => void (name === 'ClusterStoreWarning' && warnings.push(message));
    process.on('warning', note);
    const { supervisor, store } = hub.join({ node: true });
    const open = store.open.bind(store);
    store.open = async (session) => {
      store.open = open;
      await new Promise((resolve) => setImmediate(resolve, session));
      throw new StoreError('it is not there yet');
    };
    const task = add.with({ supervisor })(1, 2);
    await once(process, 'warning');
    assert.equal(await task, 3);
    store.cut();
    await once(process, 'warning');
    store.mend();
    assert.equal(await add.with({ supervisor })(2, 2), 4);
    process.off('warning', note);
    assert.equal(warnings.length, 2);
    assert.equal(warnings[0], 'it is not there yet. Tasks wait until the store is back');
  });
});

describe('stop', () => {
  test('leaves what the store has when `wait` is over: it goes on without this program', async () => {
    await using hub = new Hub();
    const { supervisor } = hub.join();
    const task = add.with({ supervisor })(1, 2);
    await task.accepted;
    const stopped = supervisor.stop({ wait: 10 });
    await assert.rejects(task, { code: 'ERR_SUPERVISOR_STOPPED' });
    assert.deepEqual(await stopped, { completed: 0, failed: 1, canceled: 0, lost: 0, unfinished: [] });
    const { supervisor: other } = await hub.node();
    const again = other.putTask({ target: add, args: [0, 0], taskId: task.id });
    assert.equal(await again, 3, 'it is the same task');
  });

  test('with cancelTasks cancels tasks in the store too', async () => {
    await using hub = new Hub();
    const { supervisor } = hub.join();
    const { supervisor: other } = hub.join();
    const task = add.with({ supervisor })(1, 2);
    await task.accepted;
    await supervisor.stop({ cancelTasks: true });
    assert.equal((await other.findTask(task.id))!.state, 'canceled');
  });

  test('and a start after it give tasks other ids', async () => {
    await using hub = new Hub();
    const { supervisor } = await hub.node();
    const first = steps.with({ supervisor })(1);
    assert.equal(await first, 1);
    await supervisor.stop();
    supervisor.start();
    const second = steps.with({ supervisor })(2);
    assert.equal(await second, 2);
    assert.notEqual(second.id, first.id);
  });
});

describe('values that are too large for the store', () => {
  for (const [fact, value] of [
    ['arguments', ['x'.repeat(3000)]],
    ['a result', [3000]],
  ] as const) {
    test(`fail their task with ERR_TASK_CLONE: ${fact}`, async () => {
      await using hub = new Hub();
      const { supervisor } = await hub.node({ maxPayload: 2000 });
      const task = typeof value[0] === 'string' ? echo.with({ supervisor })(value[0]) : long.with({ supervisor })(3000);
      const path = typeof value[0] === 'string' ? 'arguments' : 'result';
      await assert.rejects(task, { code: 'ERR_TASK_CLONE', path });
    });
  }
});

const long = backgroundTask(async (n: number) => 'x'.repeat(n), { tt: 'async', name: 'long' });

describe('the options of a ClusterSupervisor', () => {
  const refused: readonly [string, object, RegExp][] = [
    ['no store', {}, /store is required/],
    ['a store that is none', { store: 'mysql:x' }, /store must be/],
    ['a lease that is too short', { store: 'local', lease: 10 }, /lease must be 300 ms or more/],
    ['a lease that is no duration', { store: 'local', lease: '10 seconds' }, /lease must be whole milliseconds/],
    ['maxLost of 0', { store: 'local', maxLost: 0 }, /maxLost must be an integer of 1 or more/],
    ['an unknown option', { store: 'local', maxlost: 1 }, /has no option maxlost/],
    ['an unknown option of the node', { store: 'local', node: { task: 'x' } }, /did you mean tasks/],
  ];
  for (const [fact, options, message] of refused) {
    test(`are checked: ${fact}`, () => {
      assert.throws(() => new ClusterSupervisor(options as ClusterOptions), { code: 'ERR_INVALID_OPTION', message });
    });
  }

  test("store: 'local' makes it a TaskSupervisor without a cluster", async () => {
    const supervisor = new ClusterSupervisor({ store: 'local', id: 'mine' });
    const task = where.with({ supervisor })();
    await task.accepted;
    assert.deepEqual([(await task).pid, task.id], [process.pid, 'mine-1']);
    await supervisor.startNode();
    assert.equal(supervisor.isNodeReady, false);
    await assert.rejects(supervisor.findTask(task.id), { code: 'ERR_INVALID_OPTION' });
    await supervisor.stop();
  });

  test('id begins the ids of tasks, which differ for each start of a program', async () => {
    const make = (): ClusterSupervisor => new ClusterSupervisor({ store: 'memory', id: 'web' });
    const [first, second] = [make(), make()];
    assert.match(first.id, /^web-\w{8}$/);
    assert.notEqual(first.id, second.id);
  });
});

const tellsAndReturns = backgroundTask(
  async function tellsAndReturns() {
    currentTask().progress('begun');
    await Promise.resolve();
    currentTask().progress('done');
    return 'result';
  },
  { tt: 'async' },
);

test('the last progress of a task arrives before its end, however soon that follows', async () => {
  await using hub = new Hub();
  const { supervisor } = hub.join();
  await hub.node();
  const order: unknown[] = [];
  supervisor.on('taskProgress', ({ progress }) => order.push(progress));
  supervisor.on('taskCompleted', ({ task }) => order.push(task.result));
  await tellsAndReturns.with({ supervisor })();
  assert.deepEqual(order.slice(-2), ['done', 'result']);
});

test('setPriority moves a task in the store, and a delayed task is not started before it is due', async () => {
  await using hub = new Hub();
  const { supervisor } = hub.join();
  const order: string[] = [];
  supervisor.on('taskCompleted', ({ task }) => order.push(task.name));
  const call = (name: string, priority: 'low' | 'normal'): Task<number> =>
    steps.with({ supervisor, name, priority })(1);
  const tasks = [call('first', 'normal'), call('second', 'low'), call('third', 'normal')];
  await Promise.all(tasks.map(({ accepted }) => accepted));
  assert.ok(tasks[1]!.setPriority('critical'));
  const delayed = steps.with({ supervisor, delay: 300, name: 'delayed' })(1);
  await delayed.accepted;
  assert.equal(delayed.status, TaskStatus.delayed);
  await hub.node({ asyncPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } });
  await Promise.all([...tasks, delayed]);
  assert.deepEqual(order, ['second', 'first', 'third', 'delayed']);
  const waited = delayed.timeStarted! - delayed.timeQueued;
  assert.ok(waited >= 290 && waited < 900, `${waited} ms`); // the poll of a node would find it after a second
});

test('the last progress arrives before the end, even if the news of the start and of the progress are lost', async () => {
  await using hub = new Hub();
  const { supervisor } = hub.join();
  const node = await hub.node();
  node.store.tell = () => {};
  const heard: unknown[] = [];
  const task = reports.with({ supervisor })(3);
  task.onProgress((value) => heard.push(value));
  assert.equal(await task, 'done');
  assert.deepEqual([task.progress, heard], [3, [3]]);
  assert.notEqual(task.timeStarted, null);
});

test('a progress whose news has arrived is not told again with the end', async () => {
  await using hub = new Hub();
  const { supervisor } = hub.join();
  await hub.node();
  const heard: unknown[] = [];
  const task = waitsAfterProgress.with({ supervisor })('told');
  await new Promise<void>((resolve) => {
    task.onProgress((value) => {
      heard.push(value);
      resolve();
    });
  });
  gates.get('told')!('done');
  assert.equal(await task, 'done');
  assert.deepEqual(heard, ['told']);
});
