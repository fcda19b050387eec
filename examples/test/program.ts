import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs an example, as built, to its end. */
export async function run(example: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Finished> {
  const program = fileURLToPath(new URL(`../src/${example}.js`, import.meta.url));
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, INIT_CWD: _folder, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000, // a program that does not end by itself fails its test
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}
