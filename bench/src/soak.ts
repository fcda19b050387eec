/** npm run soak -- [--tt thread|process|async] [--tasks N]: exits with 1 if a task leaves more than one byte */
import { parseArgs } from 'node:util';
import type { TaskType } from 'atasker';
import { soak, type Sample } from './endurance/soak.ts';

const MOST_BYTES_PER_TASK = 1;

const { values } = parseArgs({
  options: { tt: { type: 'string', default: 'thread' }, tasks: { type: 'string', default: '10000000' } },
});

const began = performance.now();
const { bytesPerTask, start, end } = await soak(values.tt as TaskType, Number(values.tasks), (sample) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${describe(sample)}`);
});
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
console.log(`start: ${describe(start)}`);
console.log(`end:   ${describe(end)}`);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${values.tasks} ${values.tt} tasks in ${seconds} s: ${bytesPerTask.toFixed(3)} bytes of heap per task`);
if (bytesPerTask > MOST_BYTES_PER_TASK) process.exitCode = 1;
if (end.handles > start.handles || end.listeners > start.listeners) process.exitCode = 1;

function describe({ tasks, heapBytes, rssBytes, handles, listeners }: Sample): string {
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return `${tasks} tasks, heap ${mb(heapBytes)}, rss ${mb(rssBytes)}, ${handles} handles, ${listeners} listeners`;
}
