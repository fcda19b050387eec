/** Standard output and standard error, with back-pressure: each write is waited for. */

process.stdout.on('error', () => {}); // each write tells its own
process.stderr.on('error', () => {});

/** Writes a line; false if nobody reads any more (`| head` has ended). */
export async function writeOut(line: string): Promise<boolean> {
  const error = await write(process.stdout, line);
  if (error === null) return true;
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return false;
  throw error;
}

/** Writes a line for people, over the progress bar. That nobody reads it is no reason to stop. */
export async function writeError(line: string): Promise<void> {
  await write(process.stderr, process.stderr.isTTY ? CLEAR_LINE + line : line);
}

/** Makes the terminal's last line empty. */
export const CLEAR_LINE = '\r\u001B[K';

function write(stream: NodeJS.WriteStream, line: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => stream.write(`${line}\n`, (error) => resolve(error ?? null)));
}
