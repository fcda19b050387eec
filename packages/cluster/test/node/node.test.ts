import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { ClusterSupervisor, type Claim, type ClusterOptions } from '@atasker/cluster';
import { backgroundTask, currentTask } from 'atasker';
import { LedStore } from '../support/led-store.ts';

/** How often `led` has begun, why it was asked to stop, and what lets it return. */
const runs = { begun: 0, reason: null as unknown, end: (_result: unknown): void => {} };

const led = backgroundTask(
  async function led() {
    runs.begun += 1;
    const { signal } = currentTask();
    signal.addEventListener('abort', () => (runs.reason = signal.reason));
    return new Promise((resolve) => (runs.end = resolve));
  },
  { tt: 'async' },
);
void led;

function claimOf(token: string, more: Partial<Claim> = {}): Claim {
  const payload = '{"v":1,"timeoutMs":null,"cancelGraceMs":0}\n';
  const task = { id: 'task', definition: 'led', name: 'led', tt: 'async', priority: 'normal', delayMs: 0 } as const;
  return { ...task, payload, origin: 'elsewhere', attempt: 1, token, ...more };
}

async function start(options: Partial<ClusterOptions> = {}): Promise<{ store: LedStore; node: ClusterSupervisor }> {
  runs.begun = 0;
  runs.reason = null;
  const store = new LedStore();
  const node = new ClusterSupervisor({ store, node: { grace: 0 }, cancelGrace: 0, ...options });
  await node.startNode();
  return { store, node };
}

test('a node that claims a task again which it still runs goes on, and settles it once with the new token', async () => {
  const { store, node } = await start();
  await store.give(claimOf('one'));
  await store.give(claimOf('two', { attempt: 2 }));
  store.session!.news.lost([{ id: 'task', token: 'one' }]);
  await setImmediate();
  const settled = store.whenSettled();
  runs.end('done');
  await settled;
  await setImmediate();
  assert.deepEqual([runs.begun, runs.reason], [1, null]);
  assert.deepEqual(
    store.settled.map(({ token, end, payload }) => [token, end, payload]),
    [['two', 'completed', '"done"']],
  );
  await node.stop();
});

test('a node that has lost a task to another one stops it, and does not settle it', async () => {
  const { store, node } = await start();
  await store.give(claimOf('one'));
  store.session!.news.lost([{ id: 'task', token: 'one' }]);
  while (node.nodeTasks > 0) await setImmediate();
  assert.match(String(runs.reason), /another node runs the task now/);
  runs.end('too late');
  await setImmediate();
  assert.deepEqual([store.settled, store.released], [[], []]);
  await node.stop();
});

test('a node that has lost a task to another one tells the submitter nothing about its run', async () => {
  for (const end of [() => 'too late', () => Promise.reject(new Error('too late'))]) {
    const { store, node } = await start();
    await store.give(claimOf('one'));
    while (runs.begun === 0) await setImmediate();
    while (store.told.length === 0) await setImmediate(); // that it has started
    store.session!.news.lost([{ id: 'task', token: 'one' }]);
    while (node.nodeTasks > 0) await setImmediate();
    runs.end(end());
    await node.stop();
    assert.deepEqual(
      store.told.flatMap(({ news }) => news.map(({ type }) => type)),
      ['started'],
    );
  }
});

test('a node hands back what it cannot run, as a name that it does not know or a broken pool', async () => {
  const { store, node } = await start({ threadPool: { execArgv: ['--no-such-flag'], poolSize: 1 } });
  let settled = store.whenSettled();
  await store.give(claimOf('one', { id: 'unknown', definition: 'notHere' }));
  await settled;
  settled = store.whenSettled();
  await store.give(claimOf('two', { id: 'broken', tt: 'thread' }));
  await settled;
  assert.deepEqual(store.released, [
    { id: 'unknown', token: 'one' },
    { id: 'broken', token: 'two' },
  ]);
  assert.deepEqual(store.settled, []);
  assert.equal(node.isNodeReady, false);
  await node.stop();
});
