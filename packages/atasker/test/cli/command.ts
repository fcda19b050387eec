import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fixtures, packageFolder, runNode, startNode, type Finished } from '../support/program.ts';

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
export class Running {
  readonly child: ChildProcess;
  readonly #stdout: OutputLines;
  readonly #stderr: OutputLines;
  readonly #closed: Promise<unknown[]>;

  constructor(...args: readonly string[]) {
    this.child = startNode([cli, ...args], folder);
    after(() => this.child.kill('SIGKILL')); // a test that fails leaves nothing behind
    this.#closed = once(this.child, 'close');
    this.#stdout = new OutputLines(this.child.stdout!);
    this.#stderr = new OutputLines(this.child.stderr!);
  }

  /** Resolves when a line of standard error says so, for the nth time. */
  waitError(text: string, times = 1): Promise<void> {
    return this.#stderr.waitFor(text, times);
  }

  /** Resolves when a line of standard output says so. */
  waitOutput(text: string): Promise<void> {
    return this.#stdout.waitFor(text);
  }

  async finished(): Promise<Finished> {
    const [code, signal] = (await this.#closed) as [number | null, NodeJS.Signals | null];
    return { stdout: this.#stdout.text, stderr: this.#stderr.text, code, signal };
  }
}

/** All lines of a stream so far, and those who wait for some. */
class OutputLines {
  readonly #lines: string[] = [];
  readonly #events = new EventEmitter();

  constructor(stream: NodeJS.ReadableStream) {
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      this.#lines.push(line);
      this.#events.emit('more');
    });
    lines.on('close', () => this.#events.emit('error', new Error(`it ended: ${this.text}`)));
    this.#events.on('error', () => {}); // those who wait get it
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  async waitFor(text: string, times = 1): Promise<void> {
    while (this.#lines.filter((line) => line.includes(text)).length < times) await once(this.#events, 'more');
  }
}
