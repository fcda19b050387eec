import type { Readable } from 'node:stream';
import { messageOf, UsageError } from './usage.ts';

/** The lines of a stream, read no faster than they are asked for. At `stop` it ends, whatever it waits for. */
export async function* linesOf(stream: Readable, stop: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunksOf(stream, stop)) {
    rest += chunk;
    if (!chunk.includes('\n')) continue;
    const lines = rest.split('\n');
    rest = lines.pop()!;
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
