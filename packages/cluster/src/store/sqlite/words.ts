import { resultCode } from './driver.ts';

/** How long a program waits for others that write to the file. */
export const PATIENCE_MS = 10_000;

/** What is wrong with the file, found by this code and not by SQLite; the message is for users. */
export class FileError extends Error {}

/** Result codes of SQLite: https://sqlite.org/rescode.html */
export const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const FULL = 13;
const WORDS: Readonly<Record<number, (path: string, said: string) => string>> = {
  [BUSY]: (path) => `other programs have kept ${path} locked for ${PATIENCE_MS / 1000} seconds`,
  [LOCKED]: (path) => `other programs have kept ${path} locked for ${PATIENCE_MS / 1000} seconds`,
  8: (path, said) =>
    `${path} cannot be written: ${said}. The user of the program needs write access to the file and its folder`,
  [IO_ERROR]: (path, said) => `${path} cannot be read or written: ${said}. The disk may be full or broken`,
  11: (path, said) =>
    `${path} is damaged: ${said}. Restore it from a copy, or move it away to begin with an empty store`,
  [FULL]: (path) => `the disk of ${path} is full. Nothing that was accepted is lost; free some space`,
  14: (path, said) => `${path} cannot be opened: ${said}. Its folder must exist and be writable`,
  26: (path) => `${path} is not an SQLite database, or is damaged. Name another file, or move this one away`,
};

/**
 * Why the store cannot be used, as a sentence; null if the error is not about the store but about the call, such as a
 * text that is too large.
 */
export function inWords(error: unknown, path: string): string | null {
  if (error instanceof FileError) return error.message;
  const code = resultCode(error);
  return code === null ? null : (WORDS[code]?.(path, (error as Error).message) ?? null);
}

/** Whether a file that could not be opened may be opened later, though nobody does anything about it. */
export function mayPass(error: unknown): boolean {
  const code = resultCode(error);
  return code !== null && [BUSY, LOCKED, IO_ERROR, FULL].includes(code);
}
