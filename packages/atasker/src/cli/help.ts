import { renderUsage, type CommandDef } from 'citty';
import { stripVTControlCharacters } from 'node:util';

// oxlint-disable-next-line typescript/no-explicit-any -- commands differ in their arguments
type AnyCommand = CommandDef<any>;

const PROGRAM = { name: 'atasker', description: 'Runs exported task functions in parallel' };

const NOTES = `EXIT CODES

  0    all tasks completed
  1    a task failed
  2    wrong use
  130  after Ctrl-C (143 after SIGTERM): the first takes no more inputs and lets the tasks that run
       finish, the second ends at once

VALUES IN JSON

  A bigint is written as text, bytes as base64 text, other typed arrays and a Set as an array, a Map as an
  array of [key, value], an Error as {name, message, code}, undefined as null.`;

/** What `atasker --help` prints. */
export async function mainHelp(subCommands: Readonly<Record<string, AnyCommand>>): Promise<string> {
  return forStdout(await renderUsage({ meta: PROGRAM, subCommands: { ...subCommands } }));
}

/** What `atasker map --help` prints. */
export async function helpOf(command: AnyCommand): Promise<string> {
  return forStdout(`${await renderUsage(command, { meta: PROGRAM })}\n${NOTES}`);
}

function forStdout(text: string): string {
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
