import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { arrayFind, arrayMap, each, pattern, stringSlice, stringSplit, stringTrim } from '../../platform/methods.ts';
import { Buffer, bytesToString, ownSocket } from '../../platform/node.ts';
import type { FromMember } from '../../wire/frames.ts';
import { print } from './program-output.ts';

/** How much of the beginning and of the end of the standard error is kept for the message of a crash. */
const KEPT_BYTES = 4096;

/**
 * What a process prints. It comes through pipes of its own, for it could close a descriptor that it shared with
 * the program, and is written to the streams of the program.
 */
export class ProcessStreams {
  /** The first and the last that came through the standard error. */
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

  /** The line that says why it could not start: that of an error if there is one, else the first. */
  get reason(): string {
    const lines = arrayMap(stringSplit(this.#firstError, '\n'), (line) => stringTrim(line));
    const first = arrayFind(lines, (line) => line !== '') ?? '';
    const told = arrayFind(lines, (line) => ERROR_LINE.test(line));
    return told === undefined || told === first ? first : `${first} ${told}`;
  }

  /** Reads what has come and has not been handed over: the program ends. */
  drain(): void {
    drain(this.#stdout, (chunk) => print(1, chunk));
    drain(this.#stderr, (chunk) => this.#error(chunk));
  }

  #passOn(stream: Readable | null, write: (chunk: Buffer) => void): void {
    if (stream === null) return;
    ownSocket(stream as Socket);
    (stream as { unref?(): void }).unref?.();
    stream.on('error', () => {}); // it has ended
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

export type OutputFrame = Extract<FromMember, { readonly type: 'output' }>;

/** What threads have printed, in few writes: many small ones could fill a socket, and the rest be lost at an exit. */
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

/** 0 if there is nothing. */
function read(fd: number, bytes: Buffer): number {
  try {
    return readSync(fd, bytes);
  } catch {
    return 0; // nothing now, or it is closed
  }
}
