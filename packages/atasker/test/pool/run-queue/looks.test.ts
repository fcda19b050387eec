import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { backgroundTask, type TaskSupervisor } from 'atasker';
import { Looks, MOST_IN_VAIN, SELDOM } from '../../../src/pool/run-queue/looks.ts';
import { describe, newRunQueue, nextRun } from '../../../src/pool/run-queue/memory.ts';
import { openSeat, publish, setLimits } from '../../../src/pool/run-queue/publisher.ts';
import { arrive, begin, end, newTaker } from '../../../src/pool/run-queue/taker.ts';
import { Puller } from '../../../src/pool/thread/pull.ts';
import { countResources } from '../../support/count-resources.ts';
import { whenStarted } from '../../support/events.ts';
import { newGate, open } from '../../support/gate.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { hold } from '../../tasks/basic.ts';

/** Blocks its thread for this long. */
const take = backgroundTask(function take(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
});

/** Turns after a short task (pool/dispatch/taken/shared-results.ts). */
const LOOKS = 32;
const TURNS = 50;

/** How many turns of the event loop others ask for while there are so many. */
async function turnsOfOthers(): Promise<number> {
  const counts = await countResources(async () => {
    for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  });
  return counts.get('Immediate')! - TURNS;
}

test('after a short task the pool does not look for another result if no other task runs', async () => {
  await within({ threadPool: { poolSize: 1 } }, async (supervisor) => {
    const run = take.with({ supervisor });
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await run(0), 0);
      assert.ok((await turnsOfOthers()) <= 3); // one for the result, one for the code that calls the next task, and one more
    }
  });
});

/** Has another task out meanwhile. */
async function besideAnother(body: (supervisor: TaskSupervisor) => Promise<void>): Promise<void> {
  const gate = newGate();
  await within({ threadPool: { poolSize: 2 } }, async (supervisor) => {
    const started = whenStarted(supervisor, 1);
    const another = hold.with({ supervisor })(gate);
    await started;
    await body(supervisor);
    open(gate);
    await another;
  });
}

test('while another task runs, the pool looks for its result in a few turns of the event loop, and then stops', async () => {
  await besideAnother(async (supervisor) => {
    const run = take.with({ supervisor });
    for (let round = 0; round < 20; round += 1) {
      assert.equal(await run(0), 0);
      assert.ok((await turnsOfOthers()) <= LOOKS + 2);
      assert.ok((await turnsOfOthers()) <= 2); // an alarm may look once more whether the task was taken
    }
  });
});

test('after several looks in a row that find nothing, the pool does not look after most short tasks', async () => {
  await besideAnother(async (supervisor) => {
    const run = take.with({ supervisor });
    let turns = 0;
    for (let round = 0; round < SELDOM; round += 1) {
      assert.equal(await run(0), 0);
      turns += await turnsOfOthers();
    }
    const most = (MOST_IN_VAIN + 1) * LOOKS + SELDOM * 2; // one or two turns read a result and are notified of the next
    assert.ok(turns <= most, `${turns} turns`);
  });
});

test('Looks allows fewer looks while they find nothing, and as many as before once a look has found something', () => {
  const looks = new Looks();
  const worth = (count: number): number =>
    Array.from({ length: count }, () => looks.isWorthIt()).filter(Boolean).length;
  for (let round = 0; round < 3; round += 1) {
    assert.equal(worth(MOST_IN_VAIN), MOST_IN_VAIN);
    assert.equal(worth(10 * SELDOM), 10);
    looks.found();
  }
});

/** A thread simulated in this program: it takes the tasks that it is given, and looks when the test says so. */
function newPuller(spin: () => boolean): { puller: Puller; publishOne: () => void; ran: number[] } {
  const queue = newRunQueue();
  const seat = 1;
  openSeat(queue, seat);
  setLimits(queue, () => 1);
  const taker = newTaker(seat);
  const ran: number[] = [];
  const startTaken = (): void => {
    ran.push(taker.run);
    begin(queue, taker, 1);
    end(queue, taker);
  };
  const puller = new Puller(queue, taker, { isBusy: false, startTaken }, spin);
  arrive(queue, seat);
  let published = 0;
  const publishOne = (): void => {
    const run = nextRun(published);
    describe(queue, run, { definition: 0, flags: 0, sequence: 1 });
    publish(queue, 0, published++, run);
  };
  return { puller, publishOne, ran };
}

const isAlone = availableParallelism() === 1; // there no thread looks at all

test(
  'a thread whose looks found nothing a few times looks rarely before it sleeps, until it finds something',
  { skip: isAlone },
  async () => {
    let looks = 0;
    let finds = false;
    const { puller, publishOne, ran } = newPuller(() => {
      looks += 1;
      if (finds) publishOne();
      const found = finds;
      finds = false;
      return found;
    });
    const sleepOnce = async (): Promise<void> => {
      puller.resume();
      await setImmediate(); // a look that was interrupted for long continues in the next turn
    };
    const looksOf = async (sleeps: number): Promise<number> => {
      const before = looks;
      for (let sleep = 0; sleep < sleeps; sleep += 1) await sleepOnce();
      return looks - before;
    };
    assert.equal(await looksOf(10 * SELDOM), MOST_IN_VAIN + 10);
    finds = true;
    while (ran.length === 0) await sleepOnce();
    assert.equal(await looksOf(MOST_IN_VAIN - 1), MOST_IN_VAIN - 1); // after the result that it found, it has looked once more in vain
    assert.equal(await looksOf(MOST_IN_VAIN), 0);
  },
);

test('after a task that was not short the pool does not look for another result', async () => {
  await besideAnother(async (supervisor) => {
    const run = take.with({ supervisor });
    await run(0);
    for (let round = 0; round < 20; round += 1) {
      await turnsOfOthers();
      assert.equal(await run(5), 5);
      assert.ok((await turnsOfOthers()) <= 2);
    }
  });
});
