/**
 * The watchdog of a process: a thread of that process that reads an inherited pipe. Each line on the pipe is a frame,
 * which the watchdog makes visible to synchronous code. The end of the pipe means that the parent is gone, or has
 * closed the pipe because the process exits. The process then has a short time to exit by itself, so that `exit`
 * handlers run and coverage is written. After that time the watchdog kills the process, whatever the process does. The
 * watchdog starts before any user code, so it also kills a process that hangs in a preloaded module.
 */
import v8 from 'node:v8';
import workerThreads, { type MessagePort } from 'node:worker_threads';
import { add, bufferFrom, killProcess, load, notify, readSync, store, uncurried, wait, writeSync } from './captured.ts';
import { claim, EXITS, HAS_BEGUN, NEVER, STOPPED_RUN, URGENT } from './claims.ts';
import { PIPE_FD } from './descriptors.ts';

type UrgentFrame =
  | { readonly type: 'takeBack'; readonly first: number; readonly last: number; readonly reason: unknown }
  | { readonly type: 'stop'; readonly run: number; readonly reason: unknown }
  | { readonly type: 'other' };

/** Time in ms that a process has to exit by itself once its parent is gone. */
const GRACE_MS = 500;

const { port, numbers } = workerThreads.workerData as { port: MessagePort; numbers: Int32Array };
const { deserialize } = v8;
const latin1Slice = uncurried(
  (Buffer.prototype as unknown as { latin1Slice(from: number, to: number): string }).latin1Slice,
);
const split = uncurried(String.prototype.split as (this: string, separator: string) => string[]);

/** Takes back runs. A run that cannot be claimed has begun; if there is a reason, that run is asked to stop. */
function takeBack({ first, last, reason }: Extract<UrgentFrame, { type: 'takeBack' }>): void {
  let lines = '';
  for (let run = last; run >= first; run -= 1) {
    if (claim(numbers, run)) lines += `-${run}\n`;
    else if (reason !== null) handle({ type: 'stop', run, reason });
  }
  if (lines !== '') writeSync(PIPE_FD, lines);
}

function handle(frame: UrgentFrame): void {
  if (frame.type === 'takeBack') return takeBack(frame);
  port.postMessage(frame);
  if (frame.type === 'stop') store(numbers, STOPPED_RUN, frame.run);
  add(numbers, URGENT, 1);
  notify(numbers, URGENT);
}

const chunk = Buffer.alloc(65_536);
let rest = '';
for (;;) {
  let length = 0;
  try {
    length = readSync(PIPE_FD, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
      wait(numbers, NEVER, 0, 1);
      continue;
    }
  }
  if (length === 0) break;
  const lines = split(rest + latin1Slice(chunk, 0, length), '\n');
  rest = lines.pop()!;
  for (const line of lines) handle(deserialize(bufferFrom(line, 'base64')) as UrgentFrame);
}
// A process that has not evaluated its preloaded modules may hang, and has nothing to end well: it gets no time. A
// process that has said that it exits (EXITS) may hang in an `exit` handler: it gets twice the time. An exit interrupts
// the wait.
if (load(numbers, HAS_BEGUN) === 1) wait(numbers, NEVER, 0, load(numbers, EXITS) === 1 ? 2 * GRACE_MS : GRACE_MS);
killProcess(process.pid, 'SIGKILL');
