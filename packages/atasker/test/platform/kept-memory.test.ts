import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBytes } from '../../src/platform/node.ts';

const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };

// Later versions of Node.js take the memory of buffers in another way: there a value has 77 page faults instead of 120.
const major = Number(process.versions.node.split('.')[0]);

/** Takes a value of 1 MB, writes to it, and frees it at once, as the garbage collector does some time. */
function takeAndFree(): void {
  const bytes = newBytes(1_000_000).fill(7);
  structuredClone(null, { transfer: [bytes.buffer] });
}

test(
  'values of 1 MB reuse memory that was freed before, with few page faults',
  { skip: header.glibcVersionRuntime === undefined || major > 22 },
  () => {
    for (let time = 0; time < 20; time += 1) takeAndFree();
    const before = process.resourceUsage().minorPageFault;
    for (let time = 0; time < 300; time += 1) takeAndFree();
    const perValue = (process.resourceUsage().minorPageFault - before) / 300;
    assert.ok(perValue < 60, `${perValue} page faults per value; each has 245 pages`);
  },
);
