import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryHub, MemoryStore, type StoreNews } from '@atasker/cluster';

const silent: StoreNews = { work() {}, ended() {}, told() {}, cancel() {}, lost() {}, away() {}, back() {} };
const limits = { leaseMs: 10_000, maxLost: 3, keepResultsMs: 60_000 };

test('a task that one program adds is claimed and settled by another, and its origin is told of the end', async () => {
  const hub = new MemoryHub();
  const origin = new MemoryStore(hub);
  const node = new MemoryStore(hub);
  let told: (ending: unknown) => void;
  const ended = new Promise((resolve) => (told = resolve));
  await origin.open({ me: 'origin', news: { ...silent, ended: (ending) => told(ending) }, ...limits });
  await node.open({ me: 'node', news: silent, ...limits });
  const task = { id: '1', definition: 'square', name: 'square', tt: 'thread', priority: 'low', delayMs: 0 } as const;
  await origin.add([{ ...task, payload: '[2]', origin: 'origin' }]);
  const room = { thread: { low: 1, normal: 1, high: 1, critical: 1 } };
  const { claims } = await node.claim(room, ['square'], 10);
  assert.deepEqual(
    claims.map(({ id, payload, attempt }) => [id, payload, attempt]),
    [['1', '[2]', 1]],
  );
  const [{ token }] = claims as [(typeof claims)[0]];
  assert.deepEqual(await node.settle([{ id: '1', token, end: 'completed', payload: '4', startedAt: 1 }]), []);
  assert.deepEqual(await ended, { id: '1', end: 'completed', payload: '4', startedAt: 1, attempt: 1, lostNodes: null });
});
