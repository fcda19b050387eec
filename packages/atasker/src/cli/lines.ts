import type { Readable } from 'node:stream';
import { messageOf, UsageError } from './usage.ts';

/** A line of the output holds the input as JSON, which may be six times as long, and a string has at most 512 MiB. */
const LONGEST_LINE = 64 * 2 ** 20;

/** The lines of a stream, read no faster than they are asked for. At `stop` it ends, whatever it waits for. */
export async function* linesOf(stream: Readable, stop: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  let number = 1;
  for await (const chunk of chunksOf(stream, stop)) {
    if (rest.length + chunk.length > LONGEST_LINE) {
      throw new UsageError(`line ${number} of standard input is longer than ${LONGEST_LINE / 2 ** 20} MiB`);
    }
    rest += chunk;
    if (!chunk.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop()!;
    number += lines.length;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

async function* chunksOf(stream: Readable, stop: AbortSignal): AsyncGenerator<string> {
  stop.addEventListener('abort', () => stream.destroy(), { once: true });
  try {
    yield* stream.setEncoding('utf8') as AsyncIterable<string>;
  } catch (error) {
    if (!stop.aborted) throw new UsageError(`standard input cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
