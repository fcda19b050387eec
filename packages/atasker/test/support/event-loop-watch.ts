import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const TICK_MS = 50;

/**
 * What the watching thread runs: it ends the program when the number has not changed for so many of its own ticks. On a
 * machine that is too busy the ticks of both threads come late.
 */
const WATCH = `
const { limitTicks, beats, what } = require('node:worker_threads').workerData;
const { writeSync } = require('node:fs');
let last = -1;
let same = 0;
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  same = beat === last ? same + 1 : 0;
  last = beat;
  if (same < limitTicks) return;
  writeSync(1, 'the event loop stands still: ' + what + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, ${TICK_MS});`;

/** Kills this program if its event loop is blocked for this many milliseconds. Neither keeps the program alive. */
export function watchEventLoop(limitMs: number, what: string): void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), 20).unref();
  const watch = new Worker(WATCH, { eval: true, workerData: { limitTicks: limitMs / TICK_MS, beats, what } });
  watch.on('error', (error) => writeSync(2, `${String(error)}\n`));
  watch.unref();
}
