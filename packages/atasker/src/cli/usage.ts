import type { ArgsDef } from 'citty';
import { parseArgs } from 'node:util';

/** The command line was used wrongly. The message says what is allowed; exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** One line about an error that is the user's of the command line; null if it is not. */
export function wrongUse(error: unknown): string | null {
  const { code } = error as { code?: unknown };
  if (code === 'EARG') return `${messageOf(error)} (see --help)`; // citty's word for a missing argument
  const isWrongUse = error instanceof UsageError || code === 'ERR_INVALID_OPTION';
  return isWrongUse || code === 'ERR_TASK_NOT_AT_MODULE_LEVEL' ? messageOf(error) : null;
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
}

/** Whether `--help` stands among the options. */
export function isHelpAskedFor(rawArgs: readonly string[]): boolean {
  return optionTokens(rawArgs, {}).some(({ rawName }) => rawName === '--help' || rawName === '-h');
}

/**
 * Refuses unknown options, options given twice and options without their value: citty lets them pass.
 *
 * @throws UsageError
 */
export function checkOptions(rawArgs: readonly string[], known: ArgsDef): void {
  const seen = new Set<string>();
  for (const token of optionTokens(rawArgs, known)) {
    checkOption(token, known);
    if (seen.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
    seen.add(token.name);
  }
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function checkOption({ name, rawName, value }: OptionToken, known: ArgsDef): void {
  const arg = Object.hasOwn(known, name) ? known[name] : undefined;
  if (arg === undefined || arg.type === 'positional') {
    const hint = `options are ${optionNames(known).join(', ')}; write -- before an argument that begins with -`;
    throw new UsageError(`unknown option ${rawName}; ${hint}`);
  }
  if (arg.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value`);
  if (arg.type === 'string' && !value) throw new UsageError(`${rawName} needs a value: ${arg.description}`);
}

function optionNames(known: ArgsDef): string[] {
  const names = Object.keys(known).filter((name) => known[name]?.type !== 'positional');
  return [...names, 'help'].map((name) => `--${name}`);
}

function optionTokens(rawArgs: readonly string[], known: ArgsDef): OptionToken[] {
  const options = Object.entries(known).map(([name, arg]) => [name, { type: isText(arg) ? 'string' : 'boolean' }]);
  const { tokens } = parseArgs({
    args: [...rawArgs],
    options: Object.fromEntries(options) as Record<string, { type: 'string' | 'boolean' }>,
    strict: false,
    tokens: true,
  });
  return tokens.filter((token) => token.kind === 'option');
}

const isText = (arg: ArgsDef[string]): boolean => arg.type === 'string';
