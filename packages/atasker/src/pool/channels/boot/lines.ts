import type { LinesToPool } from '../role.ts';
import { bufferFrom, writeSync } from './captured.ts';
import { claim } from './claims.ts';
import { EXITING_LINE, PIPE_FD } from './descriptors.ts';

/**
 * The second link from a process to its pool, next to the socket: the pipe that the watchdog of the process reads from.
 */
export class Lines implements LinesToPool {
  /** How many messages have been posted through the socket, and how many lines have been told. */
  posted = 0;
  told = 0;
  #text = '';
  readonly #numbers: Int32Array;

  constructor(numbers: Int32Array) {
    this.#numbers = numbers;
  }

  readonly claim = (run: number): boolean => claim(this.#numbers, run);

  readonly tell = (line: string): void => {
    this.told += 1;
    this.#text += `${this.posted} ${line}\n`;
  };

  readonly flush = (): void => {
    if (this.#text === '') return;
    const bytes = bufferFrom(this.#text);
    this.#text = '';
    writeAll(PIPE_FD, bytes);
  };

  exiting(): void {
    this.flush();
    writeAll(PIPE_FD, bufferFrom(`${EXITING_LINE}\n`));
  }
}

/**
 * Writes all bytes, and tries again while the descriptor is not ready. Any other error means that the other end is
 * gone: then the rest is not written.
 */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}
