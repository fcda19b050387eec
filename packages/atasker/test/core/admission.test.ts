import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, type Offer } from '../../src/core/admission.ts';
import { PRIORITIES } from '../../src/core/priority.ts';
import { idsOf, newEntry, type NumberedEntry } from './entries.ts';
import { TakenThere } from './machines.ts';
import { hasRoom, rankOf, type NaivePool, type Row } from './naive-pool.ts';
import { replayAny, type Observer, type Replay } from './replay.ts';

test('admission answers as a naive model does, whatever happens in whatever order', () => {
  replayAny({ ...asTheModel, afterOp: assertSame }, 2_000);
});

test('admission answers as a naive model does if threads take their tasks by themselves, and some of them die', () => {
  replayAny({ ...asTheModel, afterOp: assertSameAnswers }, 300, null, (limits) => new TakenThere(limits));
});

const asTheModel: Observer = {
  onTurn: (pool, started) => assert.equal(started, pool.next()),
  onDue: (pool, due, now) => assert.equal(due, pool.due(now)),
};

function assertSame(replay: Replay): void {
  assertSameAnswers(replay);
  const { admission, pool, entries } = replay;
  assert.equal(admission.head?.id, pool.waiting()[0]?.id);
  for (const [id, row] of pool.rows.entries()) {
    const entry = entries[id]!;
    assert.equal(entry.holdsSlot, row.state === 'running');
    assert.equal(entry.lane !== null, row.state === 'waiting');
  }
}

function assertSameAnswers({ admission, pool, entries }: Replay): void {
  const waiting = pool.waiting();
  const delayed = pool.delayed();
  assert.equal(admission.limits, pool.limits);
  assert.equal(admission.running, pool.running);
  assert.equal(admission.waitingCount, waiting.length);
  assert.equal(admission.delayedCount, delayed.length);
  assert.equal(admission.nextDue, delayed[0]?.dueAt ?? Infinity);
  assert.equal(admission.startable(), pool.startable());
  assert.equal(admission.mustWait(), pool.mustWait());
  assert.equal(admission.slotsWanted(), pool.running + pool.startable());
  assert.ok(admission.mostSlotsWanted() >= admission.slotsWanted() || admission.startable() === 0);

  const counts = admission.waiting();
  for (const priority of PRIORITIES) {
    const same = waiting.filter((row) => row.priority === priority);
    assert.equal(counts[priority], same.length);
    assert.equal(admission.first(priority)?.id, same[0]?.id);
  }

  assert.equal(
    admission.childWaits,
    waiting.some(({ isChild }) => isChild),
  );
  const unstarted = idsOf(admission.unstarted());
  assert.deepEqual(
    unstarted.slice(0, waiting.length),
    waiting.map(({ id }) => id),
  );
  assert.deepEqual(
    unstarted.slice(waiting.length).toSorted((a, b) => a - b),
    delayed.map(({ id }) => id).toSorted((a, b) => a - b),
  );

  for (const [id, row] of pool.rows.entries()) {
    const entry = entries[id]!;
    assert.equal(entry.delayed !== null, row.state === 'delayed');
    assert.equal(entry.priority, row.priority);
  }
}

test('no limit is broken when a task starts, and all running tasks count', () => {
  replayAny(
    {
      onTurn: (pool, started) => {
        if (started !== null) assert.ok(hasRoom(started.priority, pool.running, pool.limits));
      },
    },
    500,
  );
});

test('no turn is missed: when none starts, no waiting task has room', () => {
  replayAny(
    {
      onTurn: (pool, started) => {
        if (started !== null) return;
        for (const row of pool.in('waiting')) assert.equal(hasRoom(row.priority, pool.running, pool.limits), false);
      },
    },
    500,
  );
});

test('a waiting higher priority never loses to a lower one', () => {
  replayAny(
    {
      onTurn: (pool, started) => {
        if (started === null) return;
        for (const row of pool.in('waiting')) assert.ok(rankOf(row) <= rankOf(started));
      },
    },
    500,
  );
});

test('within a priority tasks that were given back go first, then children, and each group is first in, first out', () => {
  replayAny(
    {
      onTurn: (pool, started) => {
        if (started === null) return;
        for (const row of others(pool, started)) {
          if (row.isReturned) assert.ok(started.isReturned);
          else if (started.isReturned) continue;
          else if (row.isChild) assert.ok(started.isChild);
          if (row.isReturned || row.isChild === started.isChild) assert.ok(row.place > started.place);
        }
      },
    },
    500,
  );
});

const others = (pool: NaivePool, started: Row): Row[] =>
  pool.in('waiting').filter((row) => row !== started && row.priority === started.priority);

test('a delayed task holds no slot, and waits from when it is due, not before and not later', () => {
  replayAny(
    {
      onTurn: (_pool, started) => assert.notEqual(started?.state, 'delayed'),
      onDue: (pool, due, now) => {
        if (due !== null) assert.ok(due.state === 'delayed' && due.dueAt <= now);
        else for (const row of pool.in('delayed')) assert.ok(row.dueAt > now);
      },
      afterOp: ({ admission, entries }) => {
        const holding = entries.filter(({ holdsSlot }) => holdsSlot);
        assert.equal(admission.running, holding.length);
        assert.deepEqual(
          holding.filter(({ delayed }) => delayed !== null),
          [],
        );
      },
    },
    500,
  );
});

test('in the end every task that was not canceled has started once, and no canceled task has started', () => {
  replayAny({}, 500, (replay) => {
    replay.finish();
    for (const row of replay.pool.rows) {
      if (row.state === 'canceled') assert.equal(row.starts, row.givenBack);
      else assert.deepEqual([row.state, row.starts], ['ended', 1 + row.givenBack]);
    }
    const { running, waitingCount, delayedCount } = replay.admission;
    assert.deepEqual([running, waitingCount, delayedCount], [0, 0, 0]);
  });
});

test('a full pool of low tasks keeps its reserves for normal and high ones, and a critical task starts all the same', () => {
  const admission = new Admission<NumberedEntry>({ poolSize: 2, reserveNormal: 1, reserveHigh: 1 });
  for (let id = 0; id < 3; id += 1) admission.queue(newEntry(id, 'low'));
  assert.deepEqual(startAll(admission), [0, 1]);
  for (const id of [3, 4]) admission.queue(newEntry(id, 'normal'));
  assert.deepEqual(startAll(admission), [3]);
  for (const id of [5, 6]) admission.queue(newEntry(id, 'high'));
  assert.deepEqual(startAll(admission), [5]);
  for (const id of [7, 8]) admission.queue(newEntry(id, 'critical'));
  assert.deepEqual(startAll(admission), [7, 8]);
  assert.deepEqual(idsOf(admission.unstarted()), [6, 4, 2]);
});

test('a task that was given back does not count as a child: it does not request a thread beyond maxSize', () => {
  const admission = new Admission<NumberedEntry>({ poolSize: 2, reserveNormal: 0, reserveHigh: 0 });
  const [first, second, child] = [newEntry(0), newEntry(1), newEntry(2, 'low', true)];
  for (const entry of [first, second]) admission.queue(entry);
  assert.deepEqual(startAll(admission), [0, 1]);
  admission.giveBack(second);
  admission.giveBack(first);
  assert.equal(admission.childWaits, false);
  admission.queue(child);
  assert.equal(admission.childWaits, true);
  assert.deepEqual(idsOf(admission.waitingTasks()), [0, 1, 2]);
  admission.withdraw(child);
  assert.equal(admission.childWaits, false);
});

test('a suspended task resumes even above the limit, and no task starts until the pool is below the limit again', () => {
  const admission = new Admission<NumberedEntry>({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
  const [parent, child, next] = [newEntry(0), newEntry(1, 'normal', true), newEntry(2)];
  for (const entry of [parent, next]) admission.queue(entry);
  assert.deepEqual(startAll(admission), [0]);
  admission.queue(child);
  admission.release(parent);
  assert.deepEqual(startAll(admission), [1]);
  admission.acquire(parent);
  assert.equal(admission.running, 2);
  admission.release(child);
  assert.deepEqual(startAll(admission), []);
  admission.release(parent);
  assert.deepEqual(startAll(admission), [2]);
});

test('a task that does not fit in the memory that threads share waits outside of it, keeps its turn, and can be withdrawn', () => {
  const threads = new TakenThere({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
  const entries = Array.from({ length: 3_000 }, (_, id) => newEntry(id));
  for (const entry of entries) threads.admission.queue(entry);
  assert.equal(threads.takeNext(), entries[0]);
  const behind = entries.filter(({ lane }) => lane !== null);
  assert.ok(behind.length > 0 && behind.length < 2_999, `${behind.length} of 3,000 wait behind it`);
  assert.equal(threads.admission.waitingCount, 2_999);

  assert.equal(threads.admission.withdraw(behind[0]!), true);
  assert.equal(threads.admission.withdraw(behind[0]!), false);
  threads.end(entries[0]!);
  const taken: NumberedEntry[] = [];
  for (let next = threads.takeNext(); next !== null; next = threads.takeNext()) {
    taken.push(next);
    threads.end(next);
  }
  assert.deepEqual(
    taken,
    entries.filter((entry) => entry !== entries[0] && entry !== behind[0]),
  );
});

test('a task that threads do not take by themselves is started by the pool, in one of their slots', () => {
  const limits = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };
  const threads = new TakenThere(limits, ({ priority }) => priority !== 'low');
  const [here, there] = [newEntry(1, 'low'), newEntry(2)];
  threads.admission.queue(here);
  assert.equal(threads.takeNext(), null);
  assert.equal(threads.admission.takeNext(), here);
  threads.admission.queue(there);
  assert.equal(threads.admission.running, 1);
  assert.equal(threads.takeNext(), null);

  threads.admission.release(here);
  assert.equal(threads.takeNext(), there);
  assert.equal(threads.admission.running, 1);
});

test('if all tasks share one lane, no task goes before a more urgent one that does not fit there', () => {
  const line: number[] = [];
  let room = 2;
  const offer: Offer<NumberedEntry> = {
    ...emptyWindow,
    publish: ({ id }) => (room === 0 ? false : line.push(id) > 0 && (room -= 1) >= 0),
  };
  const admission = new Admission({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 }, offer);
  for (const [id, priority] of (['low', 'high', 'high', 'high'] as const).entries()) {
    admission.queue(newEntry(id, priority));
  }
  admission.publish();
  room = 1;
  admission.publish();
  assert.deepEqual(line, [1, 2, 3]);
  room = 0;
  admission.publish();
  assert.deepEqual(idsOf(admission.unstarted()), [0]);
});

const emptyWindow: Offer<NumberedEntry> = {
  running: 0,
  isOneLine: true,
  setLimits: () => {},
  setOwnRunning: () => {},
  publish: () => false,
  holdBack: () => {},
  published: () => {},
  withdraw: () => false,
  move: () => false,
  isTaken: () => false,
  suspend: () => {},
  resume: () => {},
  mayHave: () => false,
  entries: () => [],
};

test('a task that cannot be taken back at once gets its new priority where it is', () => {
  const moved: unknown[] = [];
  const offer = { ...emptyWindow, move: (...args: unknown[]) => moved.push(args) > 0 };
  const admission = new Admission({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 }, offer);
  const entry = newEntry(0);
  assert.equal(admission.setPriority(entry, 'high'), true);
  assert.deepEqual(moved, [[entry, 'high']]);
});

test('the slot of a task that has ended can be passed to a task that begins in its place', () => {
  const admission = new Admission<NumberedEntry>({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
  const [first, second, third] = [newEntry(0), newEntry(1), newEntry(2)];
  admission.queue(first);
  assert.deepEqual(startAll(admission), [0]);
  admission.passOn(first, second);
  admission.release(first);
  assert.deepEqual([first.holdsSlot, second.holdsSlot, admission.running], [false, true, 1]);

  admission.release(second); // it is suspended
  admission.passOn(second, third);
  assert.deepEqual([third.holdsSlot, admission.running], [true, 1]);
});

test('a task that runs, or is not in this pool, cannot be withdrawn and cannot change its priority', () => {
  const admission = new Admission<NumberedEntry>({ poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
  const [runs, stranger] = [newEntry(0), newEntry(1)];
  admission.queue(runs);
  assert.deepEqual(startAll(admission), [0]);
  for (const entry of [runs, stranger]) {
    assert.equal(admission.withdraw(entry), false);
    assert.equal(admission.setPriority(entry, 'high'), false);
    assert.equal(entry.priority, 'normal');
  }
  assert.equal(admission.running, 1);
});

function startAll(admission: Admission<NumberedEntry>): number[] {
  const started = Array.from({ length: admission.startable() }, () => admission.takeNext());
  assert.equal(admission.takeNext(), null);
  return started.map((entry) => entry!.id);
}
