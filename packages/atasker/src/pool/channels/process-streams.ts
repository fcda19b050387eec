import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { arrayFind, arrayMap, each, pattern, stringSlice, stringSplit, stringTrim } from '../../platform/methods.ts';
import { Buffer, bytesToString, ownSocket } from '../../platform/node.ts';
import type { OutputFrame } from '../frames/output.ts';
import { print } from './program-output.ts';

/** How many characters of the beginning and of the end of the standard error are kept for the message of a crash. */
const KEPT_BYTES = 4096;

/**
 * Writes what a process prints to the streams of the program. The output comes through pipes of the process's own,
 * because the process could close a descriptor that it shared with the program.
 */
export class ProcessStreams {
  /** The first and the last part of what came through the standard error. */
  #firstError = '';
  #lastError = '';
  readonly #stdout: Readable | null;
  readonly #stderr: Readable | null;

  constructor(stdout: Readable | null, stderr: Readable | null) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#passOn(stdout, (chunk) => print(1, chunk));
    this.#passOn(stderr, (chunk) => this.#error(chunk));
  }

  get lastError(): string {
    return this.#lastError;
  }

  /**
   * Why the process could not start: the first line of its standard error, and the first line that names an error if
   * that is another line.
   */
  get reason(): string {
    const lines = arrayMap(stringSplit(this.#firstError, '\n'), (line) => stringTrim(line));
    const first = arrayFind(lines, (line) => line !== '') ?? '';
    const told = arrayFind(lines, (line) => ERROR_LINE.test(line));
    return told === undefined || told === first ? first : `${first} ${told}`;
  }

  /** Writes what has come and has not been handed over. Called when the program ends. */
  drain(): void {
    drain(this.#stdout, (chunk) => print(1, chunk));
    drain(this.#stderr, (chunk) => this.#error(chunk));
  }

  #passOn(stream: Readable | null, write: (chunk: Buffer) => void): void {
    if (stream === null) return;
    ownSocket(stream as Socket);
    (stream as { unref?(): void }).unref?.();
    stream.on('error', () => {}); // the stream has ended
    stream.on('data', write);
  }

  #error(chunk: Buffer): void {
    const text = bytesToString(chunk);
    if (this.#firstError.length < KEPT_BYTES) this.#firstError += stringSlice(text, 0, KEPT_BYTES);
    this.#lastError = stringSlice(this.#lastError + text, -KEPT_BYTES);
    print(2, chunk);
  }
}

const UTF8 = pattern(/^utf-?8$/i);

/**
 * Collects what threads have printed and writes it in few writes: many small writes could fill a socket, and the rest
 * would be lost at an exit.
 */
export class OutputBatch {
  readonly #texts = { 1: '', 2: '' };

  add({ fd, chunk, encoding }: OutputFrame): void {
    if (typeof chunk === 'string' && UTF8.test(encoding)) this.#texts[fd] += chunk;
    else {
      this.print();
      print(fd, chunk, encoding);
    }
  }

  print(): void {
    for (const fd of each([1, 2] as const)) {
      const text = this.#texts[fd];
      this.#texts[fd] = '';
      print(fd, text);
    }
  }
}

const ERROR_LINE = pattern(/^(Uncaught )?\w*Error\b.*:/);

function drain(stream: Readable | null, write: (chunk: Buffer) => void): void {
  if (stream === null) return;
  const { _handle: handle } = stream as unknown as { readonly _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd;
  if (fd === undefined || fd < 0) return;
  for (;;) {
    const bytes = Buffer.alloc(65_536);
    const length = read(fd, bytes);
    if (length === 0) return;
    write(Buffer.from(bytes.buffer, bytes.byteOffset, length));
  }
}

/** Returns 0 if there is nothing to read. */
function read(fd: number, bytes: Buffer): number {
  try {
    return readSync(fd, bytes);
  } catch {
    return 0; // nothing to read now, or the descriptor is closed
  }
}
