import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, type Task, type TaskSupervisor, type ThreadPoolOptions } from 'atasker';
import { ManualClock } from 'atasker/testing';
import type { Priority } from '../../../src/core/priority.ts';
import { ENTRIES, RING } from '../../../src/pool/run-queue/memory.ts';
import { whenStarted } from '../../support/events.ts';
import { newGate, open, type Gate } from '../../support/gate.ts';
import '../../support/leaks.ts';
import { whenAll } from '../../support/when-all.ts';
import { within } from '../../support/within.ts';
import { blockUntilMarked, hold, mark, marked, shareMarks, type Marks } from './marks.ts';

/** More than a ring has room for, and far beyond that. */
const SOME = 1_000;
const MANY = 40 * RING;

/** What a task notes: its lane, the most urgent first, and its place there. */
const note = (lane: number, place: number): number => lane * 10_000_000 + place;

interface Held {
  readonly supervisor: TaskSupervisor;
  readonly marks: Marks;
  readonly threads: number;
  /** Lets the threads go on. */
  readonly release: () => void;
  /** Calls tasks of a lane, which note their places. */
  readonly call: (count: number, lane: number, priority: Priority) => Task<void>[];
}

/** Calls tasks while all threads of the pool are blocked, and returns what the tasks have noted. */
async function whileHeld(
  { threads, most, pool = {} }: { threads: number; most: number; pool?: ThreadPoolOptions },
  body: (held: Held) => readonly Task<void>[] | Promise<readonly Task<void>[]>,
): Promise<Int32Array> {
  const marks = shareMarks(most);
  const gate: Gate = newGate();
  const sizes = { poolSize: threads, reserveNormal: 0, reserveHigh: 0, minSize: threads, maxSize: threads };
  return within({ threadPool: { ...sizes, ...pool } }, async (supervisor) => {
    const started = whenStarted(supervisor, threads);
    const holders = Array.from({ length: threads }, () => hold.with({ supervisor, priority: 'critical' })(gate));
    await started;
    const call = (count: number, lane: number, priority: Priority): Task<void>[] => {
      const run = mark.with({ supervisor, priority });
      return Array.from({ length: count }, (_, place) => run(note(lane, place)));
    };
    const tasks = await body({ supervisor, marks, threads, release: () => open(gate), call });
    open(gate);
    await whenAll(holders);
    await whenAll(tasks);
    return marked(marks);
  });
}

/**
 * Each task begins after all of the lanes before its own, and after those before it in its lane. A thread may note
 * a little later than another one what it has taken before that.
 */
function assertInOrder(notes: Int32Array, sizes: readonly number[], threads: number): void {
  assert.equal(
    notes.length,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const begun = sizes.map(() => 0);
  const last = sizes.map(() => -1);
  for (const each of notes) {
    const lane = Math.floor(each / 10_000_000);
    const place = each % 10_000_000;
    for (let before = 0; before < lane; before += 1) {
      const waiting = sizes[before]! - begun[before]!;
      assert.ok(waiting < threads, `one of lane ${lane} began while ${waiting} of lane ${before} waited`);
    }
    begun[lane]! += 1;
    last[lane] = Math.max(last[lane]!, place);
    const skipped = last[lane]! + 1 - begun[lane]!;
    assert.ok(skipped < threads, `${place} of lane ${lane} began while ${skipped} before it waited`);
  }
}

describe('no low task starts while a high one waits, however many wait', () => {
  for (const threads of [1, 2, 8]) {
    test(`with ${threads} threads while the main thread is free`, async () => {
      const notes = await whileHeld({ threads, most: 2 * SOME }, ({ call }) => {
        const low = call(SOME, 1, 'low');
        return [...low, ...call(SOME, 0, 'high')];
      });
      assertInOrder(notes, [SOME, SOME], threads);
    });

    test(`with ${threads} threads while the main thread is blocked`, async () => {
      const notes = await whileHeld({ threads, most: 2 * SOME }, ({ call, release, marks }) => {
        const low = call(SOME, 1, 'low');
        const high = call(SOME, 0, 'high');
        release();
        blockUntilMarked(marks, RING);
        assert.equal(marked(marks).length, RING);
        return [...low, ...high];
      });
      assertInOrder(notes, [SOME, SOME], threads);
    });
  }

  test('with far more tasks of every priority than the queue has entries', async () => {
    const count = 10 * ENTRIES;
    const notes = await whileHeld({ threads: 2, most: 4 * count }, ({ call }) =>
      (['low', 'normal', 'high', 'critical'] as const).flatMap((priority, index) => call(count, 3 - index, priority)),
    );
    assertInOrder(notes, [count, count, count, count], 2);
  });

  test('if tasks get their priority after the call', async () => {
    const notes = await whileHeld({ threads: 1, most: 2 * MANY }, ({ call, release, marks }) => {
      const low = call(MANY, 1, 'low');
      const high = call(MANY, 0, 'low');
      for (const task of high) task.setPriority('high');
      release();
      blockUntilMarked(marks, RING);
      return [...low, ...high];
    });
    assertInOrder(notes, [MANY, MANY], 1);
  });

  test('if most tasks of a priority are cancelled', async () => {
    const notes = await whileHeld({ threads: 1, most: 2 * MANY }, ({ call, release, marks }) => {
      const low = call(MANY, 1, 'low');
      const high = call(MANY, 0, 'high');
      for (const task of high.slice(RING)) task.cancel();
      release();
      blockUntilMarked(marks, 2 * RING); // nothing is behind the high ones any more: the low ones may begin
      return [...low, ...high.slice(0, RING)];
    });
    assertInOrder(notes, [RING, MANY], 1);
  });

  test('with slots that are reserved for higher priorities', async () => {
    const pool = { poolSize: 1, reserveNormal: 1, reserveHigh: 1 };
    const notes = await whileHeld({ threads: 3, most: 3 * MANY, pool }, ({ call }) => [
      ...call(MANY, 2, 'low'),
      ...call(MANY, 1, 'normal'),
      ...call(MANY, 0, 'high'),
    ]);
    assertInOrder(notes, [MANY, MANY, MANY], 3);
  });
});

const callsChildren = backgroundTask(
  function callsChildren(call: () => Task<void>[]): void {
    children = call();
  },
  { tt: 'async' },
);
let children: Task<void>[] = [];

test('children begin before the other tasks of their priority, however many there are of both', async () => {
  const notes = await whileHeld({ threads: 2, most: 2 * MANY }, async ({ supervisor, call, release, marks }) => {
    const rest = call(MANY, 1, 'normal');
    await callsChildren.with({ supervisor })(() => call(MANY, 0, 'normal'));
    release();
    blockUntilMarked(marks, 2); // each thread waits for what follows from the end of a child
    return [...rest, ...children];
  });
  assertInOrder(notes, [MANY, MANY], 2);
});

test('delayed tasks that become due start before less urgent tasks that already wait', async () => {
  const marks = shareMarks(2 * MANY);
  const clock = new ManualClock();
  const gate = newGate();
  const threadPool = { poolSize: 1, reserveNormal: 0, reserveHigh: 0, maxSize: 1 };
  await within({ threadPool, clock }, async (supervisor) => {
    const started = whenStarted(supervisor, 1);
    const holder = hold.with({ supervisor })(gate);
    await started;
    const low = mark.with({ supervisor, priority: 'low' });
    const high = mark.with({ supervisor, priority: 'high', delay: '1s' });
    const tasks = Array.from({ length: MANY }, (_, place) => [low(note(1, place)), high(note(0, place))]).flat();
    clock.advance('1s');
    open(gate);
    blockUntilMarked(marks, RING);
    await holder;
    await whenAll(tasks);
    assertInOrder(marked(marks), [MANY, MANY], 1);
  });
});
