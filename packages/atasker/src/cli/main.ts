#!/usr/bin/env node
/** The command line. Exit codes: docs of each command, in `--help`. */
import { runCommand, type ArgsDef, type CommandDef } from 'citty';
import { createRequire } from 'node:module';
import { helpOf, mainHelp } from './help.ts';
import { map } from './map.ts';
import { OutputError, writeError, writeOut } from './output.ts';
import { run } from './run.ts';
import { checkOptions, isHelpAskedFor, UsageError, wrongUse } from './usage.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- commands differ in their arguments
const COMMANDS: Readonly<Record<string, CommandDef<any>>> = { map, run };

process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    if (error instanceof OutputError) {
      await writeError(`atasker: ${error.message}`);
      return 1;
    }
    const fact = wrongUse(error);
    if (fact === null) throw error;
    await writeError(`atasker: ${fact}`);
    return 2;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') return print(version());
  if (name === '--help' || name === '-h') return print(await mainHelp(COMMANDS));
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`${unknown(name)}; commands are map and run (atasker --help)`);
  if (isHelpAskedFor(rest)) return print(await helpOf(command));
  checkOptions(rest, command.args as ArgsDef);
  const { result } = await runCommand(command, { rawArgs: rest });
  return result as number;
}

async function print(text: string): Promise<number> {
  await writeOut(text);
  return 0;
}

function unknown(name: string | undefined): string {
  return name === undefined ? 'no command' : `unknown command ${name}`;
}

function version(): string {
  const manifest = createRequire(import.meta.url)('atasker/package.json') as { version: string };
  return manifest.version;
}
