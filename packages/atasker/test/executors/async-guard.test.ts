import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgroundTask, type TaskFunction } from 'atasker';
import { countResources } from '../support/count-resources.ts';
import '../support/leaks.ts';
import { whenAll } from '../support/when-all.ts';
import { within } from '../support/within.ts';

const TASKS = 5_000;

const promised = backgroundTask(async (value: number) => value, { name: 'promised', tt: 'async' });
const plain = backgroundTask((value: number) => value, { name: 'plain', tt: 'async' });

/** What was made for so many tasks at once, of which ten run at a time, each with one `then`: how many for each task. */
interface Cost {
  readonly promises: number;
  /** Of `queueMicrotask`, `nextTick`, timers and whatever else has an async context of its own. */
  readonly resources: number;
}

async function costOf(fn: TaskFunction<(value: number) => unknown>, context: boolean): Promise<Cost> {
  let counts: ReadonlyMap<string, number> = new Map();
  await within({ asyncPool: { poolSize: 10, context } }, async (supervisor) => {
    const run = fn.with({ supervisor }) as TaskFunction<(value: number) => number>;
    await run(0);
    counts = await countResources(() => whenAll(Array.from({ length: TASKS }, (_, value) => run(value))));
  });
  const promises = counts.get('PROMISE') ?? 0;
  const resources = [...counts.values()].reduce((sum, count) => sum + count, 0) - promises;
  return { promises: promises / TASKS, resources: resources / TASKS };
}

/** Two are those of its `then`: its own, and what `then` gives. The rest is for each ten that start together. */
const ASKED_FOR = 2;
const FOR_TEN = 0.15;

test('an async task costs no promise but its own, that of its function, and one that waits for the function', async () => {
  const { promises } = await costOf(promised, false);
  assert.ok(promises >= ASKED_FOR + 1, `only ${promises} promises per task: they are not counted`);
  assert.ok(promises <= ASKED_FOR + 2 + FOR_TEN, `${promises} promises per task`);
});

test('an async task whose function returns a plain value costs no promise that was not requested', async () => {
  const { promises } = await costOf(plain, false);
  assert.ok(promises <= ASKED_FOR + FOR_TEN, `${promises} promises per task`);
});

test('without context it has no async resource, and with it one', async () => {
  assert.ok((await costOf(promised, false)).resources < 0.01);
  const { promises, resources } = await costOf(promised, true);
  assert.ok(promises <= ASKED_FOR + 2 + FOR_TEN, `${promises} promises per task`);
  assert.ok(resources >= 1 && resources < 1.01, `${resources} resources per task`);
});
