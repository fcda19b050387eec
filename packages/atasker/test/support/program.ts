import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runtimeCommand, types } from './runtime.ts';

/** How a program went. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly input?: string;
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how many milliseconds it is killed. @defaultValue 90,000 */
  readonly limitMs?: number;
  /** In a process group of its own, as a shell starts it. */
  readonly detached?: boolean;
}

/** The folder of the package, from where the built tests run. */
export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The programs in test/fixtures, which run unchanged. */
export const fixtures = `${packageFolder}test/fixtures/`;

/** Starts a real program. The program must end by itself; if it hangs it is killed, so that the test can show its output. */
export async function runNode(args: readonly string[], options: ProgramOptions = {}): Promise<Finished> {
  const child = startNode(args, options);
  const hangs = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 90_000);
  child.stdin?.on('error', () => {}); // a program need not read its input
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  clearTimeout(hangs);
  return { stdout, stderr, code, signal };
}

export function startNode(args: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const { cwd = fixtures, env: more = {}, detached = false } = options;
  // Coverage is measured of the tests themselves; it would slow these programs down and fill their heap.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
  const [command, ...firstArgs] = runtimeCommand;
  return spawn(command, [...firstArgs, ...args], {
    cwd,
    env: { ...env, TASK_TYPES: types.join(), ...more },
    detached,
    stdio: 'pipe',
  });
}
