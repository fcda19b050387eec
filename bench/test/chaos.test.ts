import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaos } from '../src/endurance/chaos.ts';

for (const [tt, tasks] of [
  ['thread', 600],
  ['process', 200],
] as const) {
  test(`a ${tt} is killed every 50 ms: each of ${tasks} tasks runs once, or is lost, and the numbers add up`, async () => {
    const { kills, completed, lost } = await chaos({ tt, tasks, everyMs: 50 });
    assert.equal(completed + lost, tasks);
    assert.ok(kills > 0);
  });
}
