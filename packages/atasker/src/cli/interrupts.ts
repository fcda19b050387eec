import { CLEAR_LINE, writeError } from './output.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof EXIT_CODES;

/**
 * What Ctrl-C and SIGTERM do. The first lets the tasks that run finish, the second ends the program at once.
 *
 * @param drain stops the rest, and gives how many tasks go on
 */
export class Interrupts {
  readonly #stop = new AbortController();
  readonly #drain: () => number;
  #exitCode: number | null = null;

  constructor(drain: () => number) {
    this.#drain = drain;
    for (const signal of Object.keys(EXIT_CODES) as Signal[]) process.on(signal, () => this.#interrupt(signal));
  }

  /** Aborts at the first. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** The exit code that it asks for; null if there was none. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  #interrupt(signal: Signal): void {
    if (this.#exitCode !== null) return die(signal);
    this.#exitCode = EXIT_CODES[signal];
    this.#stop.abort();
    const running = this.#drain();
    const tasks = running === 1 ? '1 task' : `${running} tasks`;
    void writeError(`atasker: ${signal}: waiting for ${tasks}; a second signal ends the program at once`);
  }
}

/** Not `process.exit`: that waits for threads that are in native code. For a shell it is the same exit code. */
function die(signal: Signal): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
