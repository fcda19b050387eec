import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a program went. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The folder of the package, from where the built tests run. */
export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The programs in test/fixtures, which run as they stand. */
export const fixtures = `${packageFolder}test/fixtures/`;

/** Starts a real program with Node. It must end by itself. */
export async function runNode(
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
): Promise<Finished> {
  const child = startNode(args, options.cwd);
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { stdout, stderr, code, signal };
}

export function startNode(args: readonly string[], cwd: string = fixtures): ChildProcess {
  // Coverage is measured of the tests themselves; it would slow these programs down and fill their heap.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
  return spawn(process.execPath, args, { cwd, env, stdio: 'pipe' });
}
