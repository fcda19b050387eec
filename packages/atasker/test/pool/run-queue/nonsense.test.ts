import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunTable } from '../../../src/pool/dispatch/taken/run-table.ts';
import { SharedResults } from '../../../src/pool/dispatch/taken/shared-results.ts';
import type { PoolMember } from '../../../src/pool/member/member.ts';
import {
  BYTES_IN_BLOCK,
  ENDED_HEAD,
  ENTRIES,
  IN_BLOCK,
  NEXT,
  cellOf,
  describe,
  placeOf,
  writeInBlock,
  writeText,
} from '../../../src/pool/run-queue/memory.ts';
import { openSeat, publish, setLimits, takeEnded } from '../../../src/pool/run-queue/publisher.ts';
import { begin, end, newTaker, take, tellEnd } from '../../../src/pool/run-queue/taker.ts';
import type { Outcome } from '../../../src/task/outcome.ts';
import type { TaskHandle } from '../../../src/task/task.ts';
import { newGate, open } from '../../support/gate.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { exitAt } from '../../tasks/basic.ts';

/** A task that a thread has ended, as its pool sees it. */
function endedRun(table: RunTable): number {
  const { queue } = table;
  const run = table.add({ priority: 'normal', runNumber: 0 } as TaskHandle);
  describe(queue, run, { definition: 0, flags: 0, sequence: 1 });
  setLimits(queue, () => 1);
  openSeat(queue, 1);
  publish(queue, 0, 0, run);
  const taker = newTaker(1);
  assert.equal(take(queue, taker), run);
  begin(queue, taker, 1);
  writeText(queue, run, '{"no": json');
  end(queue, taker);
  return run;
}

test('a result that cannot be read fails its task and ends its thread', () => {
  const table = new RunTable();
  const run = endedRun(table);
  assert.deepEqual(toldOf(table, run), ['lost', 'ERR_TASK_LOST']);
});

/** What is sent to the thread of a run, and how the run ended. */
function toldOf(table: RunTable, run: number): string[] {
  const told: string[] = [];
  const runs = {
    outcomesRead: 0,
    arrived: (_assignment: unknown, _at: number, outcome: Outcome) =>
      told.push(outcome.kind === 'failed' ? (outcome.error as Error & { code: string }).code : outcome.kind),
  };
  const member = { runs, lose: () => told.push('lost') };
  const results = new SharedResults(
    { memberAt: () => member as unknown as PoolMember, mayCome: false, together: (report) => report() },
    table,
  );
  tellEnd(table.queue, run);
  results.readArrived();
  return told;
}

for (const [what, kind] of [
  ['text', IN_BLOCK],
  ['bytes', BYTES_IN_BLOCK],
] as const) {
  test(`a result that is declared to be in a block, but has no block, fails its task (${what})`, () => {
    const table = new RunTable();
    const run = endedRun(table);
    writeInBlock(table.queue, run, kind, 10);
    assert.deepEqual(toldOf(table, run), ['lost', 'ERR_TASK_LOST']);
  });

  test(`a result that is declared to be larger than its block fails its task (${what})`, () => {
    const table = new RunTable();
    const run = endedRun(table);
    table.refer(run, table.arena.take(100)!, 100);
    writeInBlock(table.queue, run, kind, 2 ** 30);
    assert.deepEqual(toldOf(table, run), ['lost', 'ERR_TASK_LOST']);
  });
}

test('a result whose bytes make no sense fails its task', () => {
  for (const bytes of [[], [255, 255, 255, 127], [4, 0, 0, 0, 255, 15, 200, 200], [1, 0, 0, 0, 0]]) {
    const table = new RunTable();
    const run = endedRun(table);
    const block = table.arena.take(100)!;
    block.bytes.set(bytes);
    table.refer(run, block, 100);
    writeInBlock(table.queue, run, BYTES_IN_BLOCK, bytes.length);
    assert.deepEqual(toldOf(table, run), ['lost', 'ERR_TASK_LOST']);
  }
});

test('the pool stops reading a circular list of results', () => {
  const table = new RunTable();
  const run = endedRun(table);
  const { cells } = table.queue;
  cells[cellOf(placeOf(run)) + NEXT] = run;
  cells[ENDED_HEAD] = run;
  assert.equal(takeEnded(table.queue).length, ENTRIES);
});

test('an entry that a thread reports as ended, and that was never in use, is not handed out twice', () => {
  const table = new RunTable();
  const run = endedRun(table);
  for (const nonsense of [run + 2 ** 12, run + 1, 2 ** 31 - 1, run, run]) table.free(nonsense);
  const next = [1, 2].map(() => placeOf(table.add({ priority: 'low', runNumber: 0 } as TaskHandle)));
  assert.equal(new Set(next).size, 2);
});

test('a task that is lost after it had begun says when it began, even though its start had not been reported', async () => {
  await within({ threadPool: { poolSize: 1 }, transport: 'shared' }, async (supervisor) => {
    const gate = newGate();
    const task = exitAt.with({ supervisor })(gate, 3);
    open(gate);
    await assert.rejects(Promise.resolve(task), { code: 'ERR_TASK_LOST' });
    assert.ok(task.timeStarted !== null && task.timeStarted >= task.timeQueued);
  });
});
