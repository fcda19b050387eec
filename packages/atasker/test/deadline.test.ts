import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundTask } from 'atasker';
import { ManualClock } from 'atasker/testing';
import './support/leaks.ts';
import { turn } from './support/events.ts';
import { failsWith } from './support/fails-with.ts';
import { within } from './support/within.ts';
import { untilAborted } from './tasks/async.ts';

const HOUR = 3_600_000;

/** A clock whose date a test can set. */
class SetClock extends ManualClock {
  ahead = 0;

  override date(): number {
    return super.date() + this.ahead;
  }
}

const withChild = backgroundTask(async () => untilAborted(), { name: 'withChild', tt: 'async' });

test('a deadline that is a Date follows the wall clock when that is put forward', async () => {
  const clock = new SetClock();
  await within({ clock }, async (supervisor) => {
    const task = withChild.with({ supervisor, deadline: new Date(HOUR) })();
    const relative = untilAborted.with({ supervisor, deadline: '2h' })();
    await turn();
    clock.ahead = 2 * HOUR;
    clock.advance('1s');
    await failsWith(task, 'ERR_TASK_DEADLINE');
    assert.equal(relative.status, 100, 'a duration does not');
  });
});

test('and when that is put back; its children do the same', async () => {
  const clock = new SetClock();
  await within({ clock }, async (supervisor) => {
    const task = withChild.with({ supervisor, deadline: new Date(HOUR) })();
    await turn();
    clock.ahead = -HOUR;
    clock.advance(HOUR);
    await turn();
    const ended = [...supervisor.getTasks().values()].filter((each) => each.isCompleted());
    assert.deepEqual([task.status, ended.length, supervisor.getTasks().size], [100, 0, 2]);
    clock.advance(HOUR - 1);
    await turn();
    assert.equal(task.status, 100);
    clock.advance(1);
    await failsWith(task, 'ERR_TASK_DEADLINE');
    assert.equal(clock.pending <= 1, true, 'nothing looks any more');
  });
});
