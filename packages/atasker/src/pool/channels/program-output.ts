/** Writes what threads and processes print to the standard output and the standard error of the program. */
import {
  addListener,
  getMaxListeners,
  process,
  removeListener,
  setImmediate,
  setMaxListeners,
} from '../../platform/node.ts';
import { setOf } from '../../platform/primordials.ts';

type Descriptor = 1 | 2;

const NAMES: Readonly<Record<Descriptor, string>> = { 1: 'standard output', 2: 'standard error' };
/** How many writes are under way. While there are any, `ignore` listens for errors. */
const pending: Record<Descriptor, number> = { 1: 0, 2: 0 };
const told = setOf<Descriptor>([]);

/**
 * Writes what a member has printed. A write fails if the disk is full, if nobody reads the pipe any more, or if
 * somebody has replaced `write` by a function that throws. One warning per stream tells of this. Failed writes harm no
 * task, because no task can do anything about them.
 */
export function print(fd: Descriptor, chunk: string | Uint8Array, encoding?: string): void {
  if (chunk.length === 0) return;
  const stream = fd === 1 ? process.stdout : process.stderr;
  pending[fd] += 1;
  try {
    if (pending[fd] === 1) listen(stream); // an `error` event without a listener ends the program
    stream.write(chunk as string, encoding as BufferEncoding, (error) => written(fd, stream, error));
  } catch (error) {
    written(fd, stream, error as Error);
  }
}

/** Adds the listener without a warning of a leak: Node.js itself adds a listener there for each thread. */
function listen(stream: NodeJS.WriteStream): void {
  const most = getMaxListeners(stream);
  setMaxListeners(stream, 0);
  addListener(stream, 'error', ignore);
  setMaxListeners(stream, most);
}

function written(fd: Descriptor, stream: NodeJS.WriteStream, error: Error | null | undefined): void {
  if (error) tell(fd, error);
  if (error) setImmediate(() => done(fd, stream)); // the stream emits the error after it has called this
  else done(fd, stream);
}

function done(fd: Descriptor, stream: NodeJS.WriteStream): void {
  pending[fd] -= 1;
  try {
    if (pending[fd] === 0) removeListener(stream, 'error', ignore);
  } catch {
    // somebody has put something else in place of the stream
  }
}

function tell(fd: Descriptor, error: Error): void {
  if (told.has(fd)) return;
  told.add(fd);
  process.emitWarning(`what tasks print cannot be written to the ${NAMES[fd]}: ${error.message}`, 'TaskWarning');
}

function ignore(): void {}
