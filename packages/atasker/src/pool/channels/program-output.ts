/** Where what threads and processes print goes: to the standard output and the standard error of the program. */
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
/** How many writes are under way; as long as there are some, `ignore` listens. */
const pending: Record<Descriptor, number> = { 1: 0, 2: 0 };
const told = setOf<Descriptor>([]);

/**
 * Writes what a member has printed. A full disk, a pipe that nobody reads any more, or a `write` that somebody has
 * replaced and that throws, is told once and harms nobody: no task can do anything about it.
 */
export function print(fd: Descriptor, chunk: string | Uint8Array, encoding?: string): void {
  if (chunk.length === 0) return;
  const stream = fd === 1 ? process.stdout : process.stderr;
  pending[fd] += 1;
  try {
    if (pending[fd] === 1) listen(stream); // an error that nobody listens for ends the program
    stream.write(chunk as string, encoding as BufferEncoding, (error) => written(fd, stream, error));
  } catch (error) {
    written(fd, stream, error as Error);
  }
}

/** Node.js itself listens there once for each thread: that is no leak to be warned of. */
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
    // something else has been put in place of the stream
  }
}

function tell(fd: Descriptor, error: Error): void {
  if (told.has(fd)) return;
  told.add(fd);
  process.emitWarning(`what tasks print cannot be written to the ${NAMES[fd]}: ${error.message}`, 'TaskWarning');
}

function ignore(): void {}
