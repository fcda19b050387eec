import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simulator, withFault } from './copies.ts';
import { EARLIER_FAULTS, OTHER_FAULTS } from './faults.ts';

test('a failure is shown with fewer deeds, which break the same rule again', async () => {
  const fault = OTHER_FAULTS[2]!;
  await withFault(fault, async (folder, search) => {
    const { stdout } = await search();
    const [all, fewer] = stdout.split('The same rule with ');
    assert.match(fewer!, /^\d+ of \d+ deeds:/);
    const [fewest, most] = /^(\d+) of (\d+)/.exec(fewer!)!.slice(1).map(Number);
    assert.ok(fewest! < most!, stdout);
    for (const part of [all!, fewer!]) {
      const [, args] = /npm run simulate -- (.*)/.exec(part)!;
      const again = await simulator(folder, args!.split(' '));
      assert.equal(again.code, 1);
      assert.match(again.stdout, fault.found);
    }
  });
});

describe('the simulator finds', () => {
  for (const fault of [...EARLIER_FAULTS, ...OTHER_FAULTS]) {
    test(fault.title, async () => {
      await withFault(fault, async (_, search) => {
        const { code, stdout } = await search();
        assert.equal(code, 1, stdout);
        assert.match(stdout, fault.found);
      });
    });
  }
});
