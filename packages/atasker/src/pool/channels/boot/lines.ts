import type { LinesToPool } from '../role.ts';
import { bufferFrom, writeSync } from './captured.ts';
import { claim } from './claims.ts';
import { EXITING_LINE, PIPE_FD } from './descriptors.ts';

/** The second way of a process to its pool: the pipe that its watchdog reads from. */
export class Lines implements LinesToPool {
  /** How many messages have been posted, and how many lines told. */
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

/** Writes whatever it takes; nothing if the other end is gone. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}
