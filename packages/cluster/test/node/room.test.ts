import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Claim } from '@atasker/cluster';
import type { TaskType } from 'atasker';
import { NodeRoom } from '../../src/node/room.ts';

const NONE = { low: 0, normal: 0, high: 0, critical: 0 };

function roomOf(rooms: Partial<Record<TaskType, typeof NONE>>) {
  const time = { now: 0 };
  const room = new NodeRoom({ room: (tt) => rooms[tt] ?? NONE }, () => time.now);
  return { room, time };
}

const critical = { tt: 'thread', priority: 'critical' } as Claim;

describe('the room of a node', () => {
  test('is that of its pools, up to what one call may claim', () => {
    const { room } = roomOf({ thread: { low: 0, normal: 2, high: 5, critical: Infinity }, async: fill(Infinity) });
    assert.deepEqual(room.take(64), {
      thread: { low: 0, normal: 2, high: 5, critical: 6 },
      async: { low: 64, normal: 64, high: 64, critical: 64 },
    });
  });

  test('is none if no pool can run a task', () => {
    assert.equal(roomOf({}).room.take(64), null);
  });

  test('lets one critical task begin beyond the limits of a full pool, and the next one after 50 ms', () => {
    const { room, time } = roomOf({ thread: { ...NONE, critical: Infinity } });
    const first = room.take(64)!;
    assert.deepEqual(first, { thread: { ...NONE, critical: 1 } });
    assert.equal(room.claimed([critical], first), true);
    time.now = 49;
    assert.equal(room.take(64), null);
    time.now = 50;
    assert.deepEqual(room.take(64), { thread: { ...NONE, critical: 1 } });
  });

  test('counts no critical task as beyond the limits that is within them', () => {
    const { room } = roomOf({ thread: { low: 0, normal: 1, high: 2, critical: Infinity } });
    const taken = room.take(64)!;
    assert.equal(taken.thread!.critical, 3);
    assert.equal(room.claimed([critical, critical], taken), false);
    assert.equal(room.take(64)!.thread!.critical, 3);
    assert.equal(room.claimed([critical, critical, critical], taken), true);
    assert.equal(room.take(64)!.thread!.critical, 2);
  });
});

function fill(count: number): typeof NONE {
  return { low: count, normal: count, high: count, critical: count };
}
