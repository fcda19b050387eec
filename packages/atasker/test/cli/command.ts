import { fixtures, packageFolder, runNode, type Finished } from '../support/program.ts';
import { RunningProgram } from '../support/running-program.ts';

/** The program that is shipped. */
export const cli = `${packageFolder}dist/cli.js`;

/** Where the commands run. */
export const folder = `${fixtures}cli/`;

/** Runs `atasker …` as a user would. */
export function atasker(...args: readonly string[]): Promise<Finished> {
  return runNode([cli, ...args], { cwd: folder });
}

/** The same, with standard input. */
export function ataskerWithInput(input: string, ...args: readonly string[]): Promise<Finished> {
  return runNode([cli, ...args], { cwd: folder, input });
}

/** For a suite: a command that hangs fails its test. */
export const limit = { timeout: 120_000 };

export interface Line {
  readonly input: unknown;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly ms: number | null;
}

/** What was printed, line by line. */
export function linesOf(stdout: string): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** A command that is still running, whose output can be waited for. */
export class Running extends RunningProgram {
  constructor(...args: readonly string[]) {
    super([cli, ...args], { cwd: folder });
  }
}
