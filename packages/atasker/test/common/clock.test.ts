import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import * as fc from 'fast-check';
import { Alarms, systemClock, type Clock } from '../../src/common/clock.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

describe('alarms:', () => {
  test('any number of them ring in order of their times, on one timer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 0, max: 1000 }), isCanceled: fc.boolean() })),
        (wanted) => {
          const clock = new ManualClock();
          const alarms = new Alarms(clock);
          const rung: [number, number][] = [];
          const set = wanted.map(({ at }, index) => alarms.at(at, () => rung.push([index, clock.now()])));
          assert.ok(clock.pending <= 1);
          wanted.forEach(({ isCanceled }, index) => isCanceled && alarms.cancel(set[index]!));
          clock.advance(1001);
          const expected = wanted
            .map(({ at, isCanceled }, index) => ({ at, isCanceled, index }))
            .filter(({ isCanceled }) => !isCanceled)
            .toSorted((a, b) => a.at - b.at || a.index - b.index)
            .map(({ index, at }) => [index, at]);
          assert.deepEqual(rung, expected);
        },
      ),
    );
  });

  test('one beyond 2^31 milliseconds rings at its time', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    const far = 3 * 2 ** 31;
    let rungAt = 0;
    alarms.at(far, () => (rungAt = clock.now()));
    clock.advance(far - 1);
    assert.equal(rungAt, 0);
    clock.advance(1);
    assert.equal(rungAt, far);
  });

  test('setting and cancelling again and again sets no new timer', () => {
    const clock = new ManualClock();
    let timers = 0;
    const after = (ms: number, callback: () => void): (() => void) => {
      timers += 1;
      return clock.after(ms, callback);
    };
    const alarms = new Alarms({ now: () => clock.now(), date: () => clock.date(), after });
    for (let n = 0; n < 1000; n += 1) alarms.cancel(alarms.at(30_000 + n, () => assert.fail('it was cancelled')));
    assert.equal(timers, 1);
    alarms.close();
    assert.equal(clock.pending, 0);
  });

  test('an alarm that sets itself again for a past time lets the event loop run before it rings again', () => {
    const [pending, clock] = stoppedClock(1000);
    const alarms = new Alarms(clock);
    let rung = 0;
    const again = (): void => {
      rung += 1;
      assert.ok(rung < 100, 'one ring never ends');
      alarms.at(0, again);
    };
    alarms.at(0, again);
    for (let timers = 1; timers <= 5; timers += 1) {
      assert.equal(pending.length, 1, 'there is one timer');
      pending.shift()!();
      assert.equal(rung, timers);
    }
  });

  test('an alarm that another alarm cancels while both are due does not ring', () => {
    const [pending, clock] = stoppedClock(1000);
    const alarms = new Alarms(clock);
    alarms.at(1, () => alarms.cancel(second));
    const second = alarms.at(2, () => assert.fail('it was cancelled'));
    pending.shift()!();
    alarms.close();
    assert.equal(pending.length, 0);
  });

  test('an alarm that is set while others ring is on time, even if it is due before all the others', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    const rung: number[] = [];
    alarms.at(500, () => rung.push(clock.now()));
    alarms.at(10, () => alarms.at(20, () => rung.push(clock.now())));
    clock.advance(1000);
    assert.deepEqual(rung, [20, 500]);
  });

  test('an alarm that throws does not keep the others from ringing', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    let rung = 0;
    alarms.at(1, () => {
      throw new Error('bad alarm');
    });
    alarms.at(1, () => (rung += 1));
    assert.throws(() => clock.advance(1), { message: 'bad alarm' });
    clock.advance(1);
    assert.equal(rung, 1);
  });

  test('the system clock calls back after messages that arrived before, even if the thread was blocked', async () => {
    const order: string[] = [];
    const { port1, port2 } = new MessageChannel();
    const both = new Promise<void>((resolve) => {
      const note = (what: string): void => void (order.push(what) === 2 && resolve());
      systemClock.after(5, () => note('alarm'));
      port1.once('message', () => note('message'));
    });
    port2.postMessage('arrived');
    for (const until = performance.now() + 50; performance.now() < until;);
    await both;
    port1.close();
    assert.deepEqual(order, ['message', 'alarm']);
  });

  test('the system clock does not call a callback that is cancelled in the turn in which it is due', async () => {
    let rings = 0;
    const takeBack = systemClock.after(1, () => (rings += 1));
    const turnOver = new Promise<void>((resolve) => {
      setTimeout(() => {
        takeBack();
        setImmediate(resolve);
      }, 1);
    });
    for (const until = performance.now() + 20; performance.now() < until;); // so that both are due at once
    await turnOver;
    assert.equal(rings, 0);
  });

  test('the system clock counts from the same point in every thread', () => {
    const [seconds, nanoseconds] = process.hrtime();
    assert.ok(Math.abs(systemClock.now() - (seconds * 1e3 + nanoseconds / 1e6)) < 50);
  });
});

/** A stopped clock, whose timers the test fires itself. */
function stoppedClock(now: number): [pending: (() => void)[], clock: Clock] {
  const pending: (() => void)[] = [];
  const after = (_ms: number, callback: () => void): (() => void) => {
    pending.push(callback);
    return () => {
      if (pending.includes(callback)) pending.splice(pending.indexOf(callback), 1);
    };
  };
  return [pending, { now: () => now, date: () => 0, after }];
}
