import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { startNode, type Finished, type ProgramOptions } from './program.ts';

/** A program that is still running, whose output can be waited for. */
export class RunningProgram {
  readonly child: ChildProcess;
  readonly #stdout: OutputLines;
  readonly #stderr: OutputLines;
  readonly #closed: Promise<unknown[]>;

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    this.child = startNode(args, options);
    after(() => this.child.kill('SIGKILL')); // a test that fails leaves nothing behind
    this.#closed = once(this.child, 'close');
    this.#stdout = new OutputLines(this.child.stdout!);
    this.#stderr = new OutputLines(this.child.stderr!);
  }

  /** Resolves when a line of standard error says so, for the nth time. */
  waitError(text: string, times = 1): Promise<void> {
    return this.#stderr.waitFor(text, times);
  }

  /** Resolves when a line of standard output says so, for the nth time. */
  waitOutput(text: string, times = 1): Promise<void> {
    return this.#stdout.waitFor(text, times);
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout.text;
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
