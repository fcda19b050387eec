import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../support/leaks.ts';
import { one, within } from '../support/within.ts';
import { echo } from '../tasks/basic.ts';

const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };

// On later versions of Node.js, which collect large values late, the counts with and without it overlap.
const major = Number(process.versions.node.split('.')[0]);

test(
  'values of 1 MB come and go in memory that stays with the program: few page faults',
  { skip: header.glibcVersionRuntime === undefined || major > 22 },
  async () => {
    await within({ threadPool: { ...one, maxSize: 1 } }, async (supervisor) => {
      const value = Buffer.alloc(1_000_000, 7);
      const run = echo.with({ supervisor });
      const runMany = async (count: number): Promise<void> => {
        for (let time = 0; time < count; time += 1)
          assert.equal(((await run(value)) as Buffer[])[0]!.length, value.length);
      };
      await runMany(200);
      const before = process.resourceUsage().minorPageFault;
      await runMany(300);
      const perTask = (process.resourceUsage().minorPageFault - before) / 300;
      assert.ok(perTask < 40, `${perTask} page faults per task; each value has 245 pages, and there are two`);
    });
  },
);
