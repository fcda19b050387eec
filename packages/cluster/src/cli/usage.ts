import { parseArgs, stripVTControlCharacters } from 'node:util';
import type { ArgsDef } from 'citty';

/** The command line was used wrongly: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Refuses unknown options, options given twice and options without their value: citty lets them pass.
 *
 * @throws UsageError
 */
export function checkOptions(rawArgs: readonly string[], known: ArgsDef): void {
  const named = Object.entries(known).filter(([, { type }]) => type !== 'positional');
  const options = Object.fromEntries(named.map(([name]) => [name, { type: 'string' as const }]));
  const seen = new Set<string>();
  for (const { name, rawName } of optionTokens(rawArgs, options)) {
    if (seen.has(name)) throw new UsageError(`${rawName} is given twice`);
    seen.add(name);
  }
}

function optionTokens(
  rawArgs: readonly string[],
  options: Readonly<Record<string, { readonly type: 'string' }>>,
): { readonly name: string; readonly rawName: string }[] {
  try {
    const { tokens } = parseArgs({ args: [...rawArgs], options, allowPositionals: true, strict: true, tokens: true });
    return tokens.filter((token) => token.kind === 'option');
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** One line about an error of the user of the command line; null if it is not. */
export function wrongUse(error: unknown): string | null {
  const { code } = error as { readonly code?: unknown };
  const isWrongUse = error instanceof UsageError || code === 'ERR_INVALID_OPTION' || code === 'EARG';
  return isWrongUse ? `${(error as Error).message} (see --help)` : null;
}

export function forStdout(text: string): string {
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
