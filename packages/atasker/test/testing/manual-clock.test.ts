import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTaskError, TaskSupervisor, type Clock } from 'atasker';
import '../support/leaks.ts';
import { ManualClock } from 'atasker/testing';
import { collect, turn, whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { within } from '../support/within.ts';
import { holdHere, untilAborted } from '../tasks/async.ts';
import { add, boom, hold } from '../tasks/basic.ts';

const addHere = add.with({ tt: 'async' });

describe('the manual clock:', () => {
  test('stands still at 0 until it is told to go on, and takes any duration', () => {
    const clock = new ManualClock();
    const seen = [clock.now(), clock.date()];
    clock.advance(250);
    clock.advance('1.5s');
    assert.deepEqual([...seen, clock.now(), clock.date()], [0, 0, 1750, 1750]);
    assert.throws(() => clock.advance(0.5), { code: 'ERR_INVALID_OPTION', message: /advance 0\.5: .*write '500ms'/ });
    assert.equal(clock.now(), 1750);
  });

  test('rings what is due on the way, in order, and shows the time of each', () => {
    const clock = new ManualClock();
    const rung: [string, number][] = [];
    const takeBack = clock.after(20, () => rung.push(['taken back', clock.now()]));
    clock.after(30, () => rung.push(['later', clock.now()]));
    clock.after(10, () => clock.after(5, () => rung.push(['set on the way', clock.now()])));
    takeBack();
    assert.equal(clock.pending, 2);
    clock.advance('1m');
    assert.deepEqual(rung, [
      ['set on the way', 15],
      ['later', 30],
    ]);
    assert.equal(clock.pending, 0);
  });
});

describe('a supervisor with a manual clock:', () => {
  test('a delayed task becomes due when the clock says so', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const task = addHere.with({ supervisor, delay: '1h' })(1, 2);
      clock.advance('59m');
      assert.equal(task.status, 2);
      clock.advance('1m');
      assert.equal(await task, 3);
      assert.deepEqual([task.timeQueued, task.timeStarted, task.timeCompleted], [0, 3_600_000, 3_600_000]);
    });
  });

  test('timeout, queueTimeout, deadline and the grace period pass on it', async () => {
    const clock = new ManualClock();
    await within({ clock, asyncPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 } }, async (supervisor) => {
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const rude = holdHere.with({ supervisor, timeout: '10m', cancelGrace: '1m' })(gate);
      const waiting = addHere.with({ supervisor, queueTimeout: '5m' })(1, 2);
      const late = addHere.with({ supervisor, deadline: new Date(8 * 60_000) })(1, 2);
      const ends = Promise.allSettled([rude, waiting, late]);
      await started;
      clock.advance('11m');
      const codes = (await ends).map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : ''));
      assert.deepEqual(codes, ['ERR_TASK_TIMEOUT', 'ERR_TASK_QUEUE_TIMEOUT', 'ERR_TASK_DEADLINE']);
      assert.deepEqual(
        [waiting, late, rude].map(({ timeCompleted }) => timeCompleted! / 60_000),
        [5, 8, 11],
      );
      const returned = collect(supervisor, 'lateResult', 1);
      open(gate);
      await returned;
    });
  });

  test('late starts are reported, how long a task waits is shown, and stop gives up, by it', async () => {
    const clock = new ManualClock();
    await within({ clock, asyncPool: { poolSize: 1, reserveNormal: 0 } }, async (supervisor) => {
      const warned = collect(supervisor, 'timeoutWarning', 1);
      const started = whenStarted(supervisor, 1);
      const running = untilAborted.with({ supervisor })();
      const waiting = addHere.with({ supervisor })(1, 2);
      const ends = Promise.allSettled([running, waiting]);
      await started;
      clock.advance('5s');
      assert.equal((await warned)[0]?.task, waiting);
      assert.equal(supervisor.getInfo().pools.async?.oldestWait.normal, 5000);
      const stopping = supervisor.stop({ wait: '1h' });
      await Promise.resolve();
      await Promise.resolve();
      clock.advance('1h');
      assert.equal((await stopping).canceled, 2);
      await ends;
    });
  });

  test('a failure that nobody looks at is told after 5 seconds of it', async () => {
    const clock = new ManualClock();
    await within({ clock }, async (supervisor) => {
      const warning = new Promise<Error>((resolve) => void process.once('warning', resolve));
      const task = boom.with({ supervisor, tt: 'async', name: 'forgotten' })('no');
      await turn();
      assert.equal(task.status, -2);
      clock.advance('5s');
      assert.match((await warning).message, /task forgotten .* failed and nobody looked at it/);
    });
  });

  test('leaves the life of threads to the time of the machine', async () => {
    const clock = new ManualClock();
    await within({ clock, threadPool: { startTimeout: '10s' } }, async (supervisor) => {
      let threads = 0;
      supervisor.on('threadStarted', () => (threads += 1));
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const task = hold.with({ supervisor, timeout: '2h', cancelGrace: 0 })(gate);
      clock.advance('1h'); // the thread is starting
      await started;
      assert.deepEqual([task.timeStarted, threads], [3_600_000, 1]);
      clock.advance('1h');
      assert.equal(task.isCompleted(), false);
      clock.advance('1h');
      await assert.rejects(task, (error) => isTaskError(error, 'ERR_TASK_TIMEOUT'));
    });
  });

  test('anything else than a clock is refused', () => {
    for (const clock of [null, Date, { now: () => 0 }]) {
      assert.throws(() => new TaskSupervisor({ clock: clock as unknown as Clock }), {
        code: 'ERR_INVALID_OPTION',
        message: /^clock must have the functions now, date and after, got /,
      });
    }
  });
});
