/**
 * The watchdog of a process, a thread of it that waits for what comes through an inherited pipe. Each line is a
 * frame, which the watchdog makes visible to synchronous code. The end of the pipe is the end of the parent: then
 * the process has a short time to exit by itself, so that `exit` handlers run and coverage is written, and is
 * ended after that, whatever it does. It starts before any code of the user, so it also ends a process
 * that hangs in a module that is preloaded.
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

/** How long a process may take to exit by itself once its parent is gone. */
const GRACE_MS = 500;

const { port, numbers } = workerThreads.workerData as { port: MessagePort; numbers: Int32Array };
const { deserialize } = v8;
const latin1Slice = uncurried(
  (Buffer.prototype as unknown as { latin1Slice(from: number, to: number): string }).latin1Slice,
);
const split = uncurried(String.prototype.split as (this: string, separator: string) => string[]);

/** A run that cannot be taken back has begun, and is asked to stop instead if there is a reason. */
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
// One that has not begun has nothing to end well, and may hang. Also one that says that it exits (EXITS) may hang in a
// handler. An exit interrupts this.
if (load(numbers, HAS_BEGUN) === 1) wait(numbers, NEVER, 0, load(numbers, EXITS) === 1 ? 2 * GRACE_MS : GRACE_MS);
killProcess(process.pid, 'SIGKILL');
