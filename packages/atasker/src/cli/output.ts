/** Standard output and standard error, with back-pressure: each write is waited for. */

process.stdout.on('error', () => {}); // each write tells its own
process.stderr.on('error', () => {});

/** Results cannot be written, because the disk is full, say. The message is for the user; exit code 1. */
export class OutputError extends Error {
  override name = 'OutputError';
}

/** Writes a line; false if nobody reads any more (`| head` has ended). */
export async function writeOut(line: string): Promise<boolean> {
  const error = await write(process.stdout, line);
  if (error === null) return true;
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return false;
  throw new OutputError(`standard output cannot be written: ${error.message}`, { cause: error });
}

/** Writes a line for people, over the progress bar. That nobody reads it is no reason to stop. */
export async function writeError(line: string): Promise<void> {
  await write(process.stderr, process.stderr.isTTY ? CLEAR_LINE + harmless(line) : line);
}

// oxlint-disable-next-line no-control-regex -- these are what it is about
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** The text with control characters as a person can read them: a message of a task must not steer the terminal. */
function harmless(text: string): string {
  return text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Makes the terminal's last line empty. */
export const CLEAR_LINE = '\r\u001B[K';

function write(stream: NodeJS.WriteStream, line: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => stream.write(`${line}\n`, (error) => resolve(error ?? null)));
}
