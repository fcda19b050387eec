import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunTable } from '../../../src/pool/dispatch/taken/run-table.ts';
import { SharedResults } from '../../../src/pool/dispatch/taken/shared-results.ts';
import type { PoolMember } from '../../../src/pool/member/member.ts';
import { describe, writeText } from '../../../src/pool/run-queue/memory.ts';
import { openSeat, publish, setLimits } from '../../../src/pool/run-queue/publisher.ts';
import { begin, end, newTaker, take, tellEnd } from '../../../src/pool/run-queue/taker.ts';
import type { Outcome } from '../../../src/task/outcome.ts';
import type { TaskHandle } from '../../../src/task/task.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';

const RESULTS = 100;

/** A pool whose only thread has just ended this many tasks. The result of each is its number and a text. */
function afterMany(length: number) {
  const table = new RunTable();
  const { queue } = table;
  setLimits(queue, () => 1);
  openSeat(queue, 1);
  const taker = newTaker(1);
  const heard: number[] = [];
  const runs = {
    outcomesRead: 0,
    arrived(_assignment: unknown, _at: number, outcome: Outcome) {
      assert.equal(outcome.kind, 'completed');
      heard.push((outcome as { readonly value: [number] }).value[0]);
    },
  };
  const member = { runs } as unknown as PoolMember;
  const results = new SharedResults({ memberAt: () => member, mayCome: false, together: (report) => report() }, table);
  for (let n = 0; n < RESULTS; n += 1) {
    const run = table.add({ priority: 'normal', runNumber: 0 } as TaskHandle);
    describe(queue, run, { definition: 0, flags: 0, sequence: n });
    publish(queue, 0, n, run);
    assert.equal(take(queue, taker), run);
    begin(queue, taker, 1);
    writeText(queue, run, JSON.stringify([n, 'x'.repeat(length)]));
    end(queue, taker);
    tellEnd(queue, run);
  }
  return { results, heard, table };
}

const inOrder = Array.from({ length: RESULTS }, (_, n) => n);

test('small results that have arrived are reported in one turn of the event loop', async () => {
  const { results, heard } = afterMany(4);
  results.listen();
  while (heard.length === 0) await turn();
  assert.deepEqual(heard, inOrder);
});

test('large results are reported a few in each turn, in order, until there is none left', async () => {
  const { results, heard, table } = afterMany(1_500);
  results.listen();
  for (let turns = 0; heard.length < RESULTS && turns < 2 * RESULTS; turns += 1) {
    const before = heard.length;
    await turn();
    assert.ok(heard.length - before <= 3, `${heard.length - before} results in one turn`);
  }
  assert.deepEqual(heard, inOrder);
  assert.ok(table.isEmpty);
});

/** Large results of which the first ones have been reported. */
async function afterTheFirst() {
  const all = afterMany(1_500);
  all.results.listen();
  while (all.heard.length === 0) await turn();
  assert.ok(all.heard.length < RESULTS);
  return all;
}

test('large results of which some have been read are all there when they are asked for', async () => {
  const { results, heard, table } = await afterTheFirst();
  results.readArrived();
  assert.deepEqual(heard, inOrder);
  assert.ok(table.isEmpty);
});

test('large results give their entries back at once if entries are needed', async () => {
  const { results, heard, table } = await afterTheFirst();
  results.collect();
  assert.ok(table.isEmpty);
  results.readArrived();
  assert.deepEqual(heard, inOrder);
});
