import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { serialize } from 'node:v8';
import { systemClock } from '../clock.ts';
import { PROCESS_BOOT_SOURCE, type ProcessBoot } from '../role.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import { readLine } from '../wire/lines.ts';
import { Arrivals } from './arrivals.ts';
import type { Channel, ChannelEvents, MemberKind, MemberStart } from './channel.ts';
import { inheritedFlags } from './inherited-flags.ts';

/** Whether processes tell by lines what a line can hold: the pipe of other runtimes and systems has not been tried for it. */
const TELLS_BY_LINES = process.platform !== 'win32' && !('bun' in process.versions);

export const PROCESSES: MemberKind = {
  name: 'process',
  takesAhead: TELLS_BY_LINES,
  open: (start, events) => new ProcessChannel(start, events),
};

/**
 * How long an exit waits for what the process has still sent and written. That it is all there is told by
 * `close`, but only when nobody holds its standard error any more: a child of the process may do so for ever.
 */
const LAST_WORDS_MS = 200;

/** How much of the standard error is kept for the message of a crash. */
const LAST_BYTES = 4096;

/** The two ways from a process. */
const LINES = 0;
const MESSAGES = 1;

/**
 * A child process. Nothing of it keeps the program alive, and it does not outlive the program: its
 * watchdog waits at a pipe that ends with us. What must reach synchronous code goes through that pipe too;
 * the other way it carries the lines that the process tells (role.ts).
 */
class ProcessChannel implements Channel {
  readonly id: number;
  readonly #events: ChannelEvents;
  readonly #arrivals: Arrivals<FromMember>;
  /** The beginning of a line that has not come whole. */
  #rest = '';
  readonly #child: ChildProcess;
  readonly #pipe: Socket;
  #lastError = '';
  #stopWaiting: (() => void) | null = null;
  #hasExited = false;

  constructor({ boot, execArgv, env }: MemberStart, events: ChannelEvents) {
    if ('deno' in process.versions) throw new Error('Deno cannot run process tasks (docs/loading.md): use threads');
    this.#events = events;
    this.#arrivals = new Arrivals((frame) => this.#received(frame));
    const flags = [...inheritedFlags(), ...(execArgv ?? [])];
    this.#child = spawn(process.execPath, [...flags, '-e', PROCESS_BOOT_SOURCE], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc', 'pipe'],
      serialization: 'advanced',
      env: env === null ? process.env : { ...env },
    });
    this.id = this.#child.pid ?? -1;
    this.#pipe = this.#child.stdio[4] as Socket;
    this.#pipe.on('error', () => {}); // it has ended: its exit tells
    this.#pipe.setEncoding('utf8');
    this.#pipe.on('data', (text: string) => events.together(() => this.#readLines(text)));
    this.#pipe.unref();
    this.#child.on('error', (error) => this.#failed(error));
    this.#child.on('message', (message) => {
      const { after, frame } = message as { after: number; frame: FromMember };
      this.#arrivals.add(MESSAGES, after, frame);
    });
    this.#child.on('exit', (code, signal) => {
      this.#stopWaiting = systemClock.after(LAST_WORDS_MS, () => this.#exited(code, signal));
    });
    this.#child.on('close', (code, signal) => this.#exited(code, signal));
    this.#passErrorOn();
    this.#child.unref();
    this.#child.channel?.unref?.(); // Bun has none
    this.#send({ ...boot, argv: process.argv.slice(2), tellsByLines: TELLS_BY_LINES } satisfies ProcessBoot);
  }

  post(frame: ToMember): void {
    this.#send(frame);
  }

  postUrgent(frame: ToMember): void {
    if (this.#pipe.writable) this.#pipe.write(`${serialize(frame).toString('base64')}\n`);
  }

  readArrived(): void {
    // the event loop reads what has come through the pipe; it does so before a time limit is judged (clock.ts)
  }

  terminate(): void {
    this.#child.kill('SIGKILL');
  }

  close(): void {
    this.#pipe.destroy();
  }

  /** A send to a process that has just ended is no fault: its exit tells. */
  #send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** One that exits waits for its watchdog, which waits for the end of the pipe. */
  #received(frame: FromMember): void {
    if (frame.type === 'exiting') this.#pipe.destroy();
    else this.#events.frame(frame);
  }

  #readLines(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const { after, frame } = readLine(line);
      if (after === null) this.#received(frame);
      else this.#arrivals.add(LINES, after, frame);
    }
  }

  /** It could not be started: then there is no exit. */
  #failed(error: Error): void {
    this.#events.failed(error);
    if (this.#child.pid === undefined) this.#exited(null, null);
  }

  /** Told once. What a child of the process writes later is passed on as before. */
  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    this.#stopWaiting?.();
    this.#arrivals.end();
    this.#events.exited({ code, signal, stderr: this.#lastError });
  }

  #passErrorOn(): void {
    const stderr = this.#child.stderr as Socket | null;
    stderr?.unref();
    stderr?.on('data', (chunk: Buffer) => {
      this.#lastError = (this.#lastError + chunk.toString()).slice(-LAST_BYTES);
      process.stderr.write(chunk);
    });
  }
}
