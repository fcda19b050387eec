import type { Writable } from 'node:stream';
import { apply, arrayMap, each } from '../../../platform/methods.ts';
import { process } from '../../../platform/node.ts';

type Write = (this: Writable, text: string, done: () => void) => boolean;

let streams: readonly { readonly stream: Writable; readonly write: Write }[] = [];

/** Remembers the output streams of this member before any task may replace their methods. */
export function takeOutput(): void {
  streams = arrayMap([process.stdout, process.stderr], (stream) => ({ stream, write: stream.write as Write }));
}

/** How much output is still on its way from this member to the program, in bytes or characters. */
export function outputLength(): number {
  let length = 0;
  for (const { stream } of each(streams)) length += stream.writableLength;
  return length;
}

/** Calls back when all output has left this member. A stream that a task has ended or destroyed is not waited for. */
export function whenFlushed(done: () => void): void {
  let left = 1;
  const oneLess = (): void => {
    left -= 1;
    if (left === 0) done();
  };
  for (const { stream, write } of each(streams)) {
    if (stream.writableLength === 0 || stream.writableEnded || stream.destroyed) continue;
    left += 1;
    apply(write, stream, ['', oneLess]);
  }
  oneLess();
}
