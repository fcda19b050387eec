import { glob } from 'tinyglobby';
import { linesOf } from './lines.ts';
import { messageOf, UsageError } from './usage.ts';

/** Where the inputs of a map come from. */
export interface Source {
  /** How many there are; null where only the end tells. */
  readonly total: number | null;
  /** The inputs, down to the moment of `stop`. */
  readonly inputs: (stop: AbortSignal) => AsyncIterable<unknown>;
}

interface InputArgs {
  readonly values: readonly string[];
  readonly files?: string | undefined;
  readonly stdin?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * The one source that was asked for.
 *
 * @throws UsageError if it is none, or more than one.
 */
export async function chooseSource({ values, files, stdin, json }: InputArgs): Promise<Source> {
  const asked = [values.length > 0, files !== undefined, stdin === true].filter(Boolean).length;
  const allowed = `name inputs, or use --files 'glob', or --stdin`;
  if (asked !== 1)
    throw new UsageError(`${asked === 0 ? 'no inputs' : 'inputs from more than one source'}: ${allowed}`);
  if (files !== undefined && json === true)
    throw new UsageError('--json can be used with arguments or --stdin, not with --files');
  if (stdin === true) return { total: null, inputs: (stop) => until(stop, fromLines(stop, json === true)) };
  const list = files === undefined ? fromArguments(values, json === true) : await fromFiles(files);
  return { total: list.length, inputs: (stop) => until(stop, list) };
}

function fromArguments(values: readonly string[], json: boolean): readonly unknown[] {
  return json ? values.map((value, index) => parse(value, `argument ${index + 1}`)) : values;
}

async function fromFiles(pattern: string): Promise<readonly string[]> {
  const files = await glob(pattern, { dot: false });
  if (files.length === 0) throw new UsageError(`no file matches --files '${pattern}'`);
  return files.toSorted();
}

async function* fromLines(stop: AbortSignal, json: boolean): AsyncGenerator {
  let number = 0;
  for await (const line of linesOf(process.stdin, stop)) {
    number += 1;
    if (!json) yield line;
    else if (line.trim() !== '') yield parse(line, `line ${number} of standard input`);
  }
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${place} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function* until(stop: AbortSignal, inputs: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator {
  for await (const input of inputs) {
    if (stop.aborted) return;
    yield input;
  }
}
