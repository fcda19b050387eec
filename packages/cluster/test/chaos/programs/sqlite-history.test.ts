import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteStore, type StoredTask } from '@atasker/cluster';
import { advanceFile, makeFolder } from '../../support/sqlite.ts';
import type { HistoryEvent } from '../checker/history.ts';
import { merge } from './program-log.ts';
import { KEEP_MS, readHistory, recordHistory } from './sqlite-history.ts';
import { endOf, plainTask, SILENT } from '../../support/stores.ts';

const LEASE_MS = 60_000;
const ROOM = { thread: { low: 9, normal: 9, high: 9, critical: 9 } };

/** What a store does, written down by its file: the type of each event, and what else matters. */
async function recorded(
  use: (open: (me: string) => Promise<SqliteStore>, pass: (ms: number) => void) => Promise<void>,
): Promise<string[]> {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const stores: SqliteStore[] = [];
  const open = async (me: string): Promise<SqliteStore> => {
    const store = new SqliteStore(path);
    stores.push(store);
    await store.open({ me, news: SILENT, leaseMs: LEASE_MS, maxLost: 2, keepResultsMs: KEEP_MS });
    if (stores.length === 1) recordHistory(path);
    return store;
  };
  try {
    await use(open, (ms) => advanceFile(path, ms));
    return readHistory(path)
      .filter(({ type }) => type !== 'renewed')
      .map(inShort);
  } finally {
    for (const store of stores) await store.kill();
    remove();
  }
}

function inShort(event: HistoryEvent): string {
  const { type } = event;
  if (type === 'claimed') return `${event.node} has ${event.id}, attempt ${event.attempt}`;
  if (type === 'released') return `released ${event.id}${event.isCounted ? ', counted' : ''}`;
  if (type === 'priorityChanged') return `${event.id} is ${event.priority}`;
  if (type === 'accepted')
    return `accepted ${event.id} ${event.tt} ${event.priority}${event.dueAt === null ? '' : ' later'}`;
  if (type !== 'ended') return 'id' in event ? `${type} ${event.id}` : type;
  const { id, end, lost, token, payload } = event;
  return `ended ${id} ${end}${lost ? ', lost' : ''} ${token === null ? 'by the store' : payload}`;
}

const task = (id: string, delayMs = 0): StoredTask => plainTask(id, { tt: 'thread', delayMs });

test('a task that is added, claimed and ended', async () => {
  const steps = await recorded(async (open) => {
    const store = await open('a');
    await store.add([task('1')]);
    await store.setPriority('1', 'high');
    const { claims } = await store.claim(ROOM, ['f'], 9);
    await store.settle(claims.map((claim) => endOf(claim, { end: 'failed', payload: 'why', startedAt: 1 })));
  });
  assert.deepEqual(steps, ['accepted 1 thread normal', '1 is high', 'a has 1, attempt 1', 'ended 1 failed why']);
});

test('a task that is handed back, by its node and by the end of its node', async () => {
  const steps = await recorded(async (open) => {
    const [store, node] = [await open('a'), await open('node')];
    await store.add([task('1')]);
    await store.release((await store.claim(ROOM, ['f'], 9)).claims);
    await node.claim(ROOM, ['f'], 9);
    await node.close();
    await store.claim(ROOM, ['f'], 9);
    await store.cancel('1', 'no more');
    await store.close();
  });
  const before = ['accepted 1 thread normal', 'a has 1, attempt 1', 'released 1', 'node has 1, attempt 1'];
  const after = ['released 1, counted', 'a has 1, attempt 2', 'cancelAsked 1', 'ended 1 canceled no more'];
  assert.deepEqual(steps, [...before, ...after]);
});

test('a task that is delayed, and one that is cancelled before it is claimed', async () => {
  const steps = await recorded(async (open, pass) => {
    const store = await open('a');
    await store.add([task('1', 5_000), task('2', 5_000)]);
    await store.cancel('2', 'no more');
    pass(6_000);
    await store.claim(ROOM, ['f'], 9);
  });
  const added = ['accepted 1 thread normal later', 'accepted 2 thread normal later'];
  assert.deepEqual(steps, [...added, 'ended 2 canceled by the store', 'queued 1', 'a has 1, attempt 1']);
});

test('a task that is lost with its nodes', async () => {
  const steps = await recorded(async (open, pass) => {
    const store = await open('a');
    await store.add([task('1')]);
    for (const name of ['one', 'other']) {
      const node = await open(name);
      await node.claim(ROOM, ['f'], 9);
      await node.kill();
      pass(LEASE_MS + 1);
    }
    await store.counts();
  });
  const claims = ['one has 1, attempt 1', 'leaseOver 1', 'other has 1, attempt 2', 'leaseOver 1'];
  assert.deepEqual(steps, ['accepted 1 thread normal', ...claims, 'ended 1 failed, lost by the store']);
});

test('a task that is cancelled, and whose node dies', async () => {
  const steps = await recorded(async (open, pass) => {
    const [store, node] = [await open('a'), await open('node')];
    await store.add([task('1')]);
    await node.claim(ROOM, ['f'], 9);
    await store.cancel('1', 'no more');
    await node.kill();
    pass(LEASE_MS + 1);
    await store.counts();
  });
  const before = ['accepted 1 thread normal', 'node has 1, attempt 1', 'cancelAsked 1'];
  assert.deepEqual(steps, [...before, 'leaseOver 1', 'ended 1 canceled by the store']);
});

test('what programs note is put between the steps of the store; what a node has asked for, behind its claims', () => {
  const claimed = (id: string, at: number): HistoryEvent => ({
    at,
    type: 'claimed',
    id,
    node: 'n',
    token: id,
    attempt: 1,
  });
  const chose: HistoryEvent = {
    at: 9,
    type: 'chose',
    node: 'n',
    room: {},
    definitions: [],
    most: 2,
    tokens: ['1', '2'],
  };
  const down: HistoryEvent = { at: 3, type: 'programDown', program: 'n', isKilled: true };
  const merged = merge([claimed('1', 1), claimed('2', 2), claimed('3', 3), claimed('4', 4)], [down, chose]);
  assert.deepEqual(merged, [
    claimed('1', 1),
    claimed('2', 2),
    { ...chose, at: 2 },
    claimed('3', 3),
    down,
    claimed('4', 4),
  ]);
});
