import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitCompleted } from 'atasker';
import './support/leaks.ts';
import { turn } from './support/events.ts';
import { newGate, open } from './support/gate.ts';
import { fixtures, runNode } from './support/program.ts';
import { holdHere, untilAborted } from './tasks/async.ts';

/** What emulations of a browser have instead of an AbortSignal: no EventTarget, no `once`, no event for the listener. */
class ForeignSignal {
  aborted = false;
  reason: unknown;
  readonly listeners: (() => void)[] = [];

  addEventListener(_type: string, listener: () => void): void {
    this.listeners.push(listener);
  }

  removeEventListener(_type: string, listener: () => void): void {
    const at = this.listeners.indexOf(listener);
    if (at !== -1) this.listeners.splice(at, 1);
  }

  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.listeners.slice()) listener();
  }
}

describe('a signal of another class than AbortSignal', () => {
  test('cancels tasks, maps and waits, with one listener, which is removed', async () => {
    const foreign = new ForeignSignal();
    const signal = foreign as unknown as AbortSignal;
    const task = untilAborted.with({ signal })();
    const map = untilAborted.map([undefined], { signal } as never);
    const wait = waitCompleted(untilAborted.with({ signal })(), { signal });
    const ends = Promise.allSettled([task, map, wait]);
    await turn();
    assert.equal(foreign.listeners.length, 1);
    const reason = new Error('enough');
    foreign.abort(reason);
    const errors = (await ends).map((end) => (end as PromiseRejectedResult).reason as Error & { code?: string });
    assert.deepEqual([errors[0]?.code, errors[1]?.code, errors[2]], ['ERR_TASK_CANCELED', 'ERR_TASK_CANCELED', reason]);
    assert.equal(foreign.listeners.length, 0);
    await assert.rejects(untilAborted.with({ signal })(), { code: 'ERR_TASK_CANCELED', cause: reason });
  });

  test('keeps no listener when all is done', async () => {
    const foreign = new ForeignSignal();
    const gate = newGate();
    const tasks = [1, 2].map(() => holdHere.with({ signal: foreign as unknown as AbortSignal })(gate));
    await turn();
    assert.equal(foreign.listeners.length, 1);
    open(gate);
    await Promise.all(tasks);
    assert.equal(foreign.listeners.length, 0);
  });

  test('is refused if a listener cannot be removed, or it does not say whether it is aborted', () => {
    const wrong = [{ aborted: false, addEventListener() {} }, new EventTarget(), 'signal', null];
    for (const signal of wrong) {
      assert.throws(() => holdHere.with({ signal: signal as never }), { code: 'ERR_INVALID_OPTION' });
    }
  });

  for (const when of ['before', 'after']) {
    test(`works when the classes of Node.js are replaced ${when} the import`, async () => {
      const { stdout, stderr, code } = await runNode([`${fixtures}signals/replaced-${when}.mjs`]);
      assert.deepEqual([stdout, stderr, code], ['ERR_TASK_CANCELED\nERR_TASK_CANCELED\n3\n', '', 0]);
    });
  }
});
