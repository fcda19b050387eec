import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a service ended. */
export interface Ended {
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A service of the examples in a process of its own. A file that it counts is a named pipe: the test decides when its task ends. */
export class Service {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'atasker-services-'));
  readonly #agent = new Agent({ keepAlive: true });
  readonly #ended: Promise<Ended>;
  #told = (): void => {};
  #port = 0;

  constructor(name: string) {
    const program = fileURLToPath(new URL(`../src/services/${name}.js`, import.meta.url));
    execFileSync('mkfifo', [join(this.#folder, 'file')]);
    const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
    this.child = spawn(process.execPath, [program], {
      env: { ...env, PORT: '0', FOLDER: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.#told();
    });
    const closed = once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    closed.then(this.#told, () => {});
    this.#ended = Promise.all([closed, text(this.child.stderr!)]).then(([[code, signal], stderr]) => ({
      stderr,
      code,
      signal,
    }));
  }

  async listening(): Promise<this> {
    await this.printed(/^listening on /);
    this.#port = Number(/\d+/.exec(this.lines[0]!)![0]);
    return this;
  }

  /** Resolves when it has printed such a line. */
  async printed(line: RegExp): Promise<void> {
    while (!this.lines.some((each) => line.test(each))) {
      if (this.child.exitCode !== null) throw new Error(`it ended: ${(await this.#ended).stderr}`);
      await new Promise<void>((resolve) => (this.#told = resolve));
    }
  }

  /** Resolves when no server listens any more. */
  async refusing(): Promise<void> {
    for (;;) {
      const socket = connect(this.#port, '127.0.0.1');
      const error = await once(socket, 'connect').catch((reason: NodeJS.ErrnoException) => reason);
      socket.destroy();
      if ('code' in error && error.code === 'ECONNREFUSED') return;
    }
  }

  /** A request over a connection that is kept. */
  async ask(path: string, method = 'GET'): Promise<{ readonly status: number; readonly body: string }> {
    const request = httpRequest({ host: '127.0.0.1', port: this.#port, path, method, agent: this.#agent }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode!, body: await text(response) };
  }

  /** The file, as soon as a task reads it; that blocks its thread until the file is closed. */
  fileBeingRead(): Promise<FileHandle> {
    return open(join(this.#folder, 'file'), 'w');
  }

  async ended(): Promise<Ended> {
    const ended = await this.#ended;
    this.#agent.destroy();
    rmSync(this.#folder, { recursive: true });
    return ended;
  }
}
