import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEMBER, SUPERVISOR, TASK, TaskStatus, WORKER, hasEnded, move } from '../../src/core/lifecycle.ts';

const { queued, delayed, started, completed, canceled, failed } = TaskStatus;

test('the states of a task have the numbers of atasker, and failed is -2', () => {
  assert.deepEqual(TaskStatus, { queued: 0, delayed: 2, started: 100, completed: 200, canceled: -1, failed: -2 });
});

test('a task makes the transitions of the chart and no others', () => {
  assertMoves(TASK, Object.values(TaskStatus), [
    [delayed, queued],
    [delayed, canceled],
    [delayed, failed],
    [queued, started],
    [queued, canceled],
    [queued, failed],
    [started, completed],
    [started, canceled],
    [started, failed],
  ]);
});

test('a pool thread or process makes the transitions of the chart and no others', () => {
  assertMoves(
    MEMBER,
    ['starting', 'idle', 'busy', 'retiring', 'gone', 'lost'],
    [
      ['starting', 'idle'],
      ['starting', 'retiring'],
      ['starting', 'lost'],
      ['idle', 'busy'],
      ['idle', 'retiring'],
      ['idle', 'lost'],
      ['busy', 'idle'],
      ['busy', 'retiring'],
      ['busy', 'lost'],
      ['retiring', 'gone'],
      ['retiring', 'lost'],
    ],
  );
});

test('a supervisor makes the transitions of the chart and no others', () => {
  assertMoves(
    SUPERVISOR,
    ['new', 'active', 'stopping', 'stopped'],
    [
      ['new', 'active'],
      ['new', 'stopping'],
      ['active', 'stopping'],
      ['stopping', 'stopped'],
      ['stopped', 'active'],
    ],
  );
});

test('a worker makes the transitions of the chart and no others', () => {
  assertMoves(
    WORKER,
    ['stopped', 'starting', 'started', 'stopping'],
    [
      ['stopped', 'starting'],
      ['starting', 'started'],
      ['starting', 'stopping'],
      ['started', 'stopping'],
      ['stopping', 'stopped'],
    ],
  );
});

test('a task has ended when it is completed, canceled or failed, and not before', () => {
  for (const status of [completed, canceled, failed]) assert.equal(hasEnded(status), true);
  for (const status of [queued, delayed, started]) assert.equal(hasEnded(status), false);
});

type MachineOf<S extends string | number> = Parameters<typeof move<S>>[0];

function assertMoves<S extends string | number>(machine: MachineOf<S>, states: S[], allowed: [S, S][]): void {
  assert.deepEqual(Object.keys(machine).toSorted(), states.map(String).toSorted());
  for (const from of states) {
    for (const to of states) {
      if (allowed.some(([a, b]) => a === from && b === to)) assert.equal(move(machine, from, to), to);
      else assert.throws(() => move(machine, from, to), { message: `atasker: no way from state ${from} to ${to}` });
    }
  }
}
