import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { serialize } from 'node:v8';
import { systemClock } from '../../common/clock.ts';
import { arrayPop, each, stringSlice, stringSplit } from '../../platform/methods.ts';
import { bytesToBase64, ownChild, process } from '../../platform/node.ts';
import { Error } from '../../platform/primordials.ts';
import type { FromMember, ToMember } from '../frames/frames.ts';
import { PIPE_FD, SOCKET_FD } from './boot/descriptors.ts';
import { encodeMessage, MessageReader } from './boot/framing.ts';
import type { Channel, ChannelEvents, MemberKind, MemberStart } from './channel.ts';
import { noteImpostor } from './impostor.ts';
import { Arrivals } from './in-order.ts';
import { readLine } from './lines.ts';
import { processCommand, type ProcessCommand } from './process-command.ts';
import { readToEnd, writeTogether } from './process-socket.ts';
import { ProcessStreams } from './process-streams.ts';
import { unwatchProgramEnd, watchProgramEnd, type Ending } from './program-end.ts';
import type { ProcessBoot } from './role.ts';

/**
 * Whether processes tell their pool in lines what a line can hold. The pipe has not been tried for this on Windows and
 * in Bun.
 */
const TELLS_BY_LINES = process.platform !== 'win32' && !('bun' in process.versions);

export const PROCESSES: MemberKind = {
  name: 'process',
  prefetches: TELLS_BY_LINES,
  open: (start, events) => new ProcessChannel(start, events),
};

/**
 * Time in ms that the pool waits after an exit for what the process has sent and written. The `close` event says that
 * all of it has arrived, but comes only when nobody holds the streams of the process any more, and a child of the
 * process may hold them for ever.
 */
const LAST_WORDS_MS = 200;

/** Time in ms that a process has to exit once it has been told to, or has closed the socket. */
const EXIT_MS = 1_000;

/**
 * Time in ms that an item may wait for what was sent before it, until the pool asks the process for that or ends it.
 */
const STALL_MS = 1_000;

/** The two ways on which frames come from a process. */
const LINES = 0;
const MESSAGES = 1;

/**
 * A child process; pool/channels/boot/process.ts is the other end. Nothing of the process keeps the program alive, and
 * the process does not outlive the program, because its watchdog waits at a pipe that ends with the program. Frames for
 * synchronous code go through that pipe too; in the other direction it carries the lines that the process tells.
 * Messages go through a socket of their own, not through the channel of `child_process`, which Node.js, preloaded
 * modules and tasks use too.
 */
class ProcessChannel implements Channel, Ending {
  readonly id: number;
  readonly #events: ChannelEvents;
  readonly #arrivals: Arrivals<FromMember>;
  readonly #reader = new MessageReader((message) => this.#arrived(message));
  /** The beginning of a line that has not come as a whole. */
  #rest = '';
  readonly #child: ChildProcess;
  readonly #socket: Socket | null;
  readonly #pipe: Socket | null;
  readonly #streams: ProcessStreams;
  #isReady = false;
  #hasEnded = false;
  #stopWaiting: (() => void) | null = null;
  /** Cancels the timer that looks for items that wait too long. */
  #stall: (() => void) | null = null;
  #hasExited = false;

  constructor(start: MemberStart, events: ChannelEvents) {
    this.#events = events;
    this.#arrivals = new Arrivals((frame) => this.#received(frame));
    const command = processCommand(start);
    this.#child = ownChild(startProcess(command));
    this.#child.on('error', (error) => this.#failed(error));
    this.id = this.#child.pid ?? -1;
    // There are no streams if the system has no more descriptors, or cannot start more processes.
    this.#socket = this.#open(SOCKET_FD, (socket) => {
      socket.on('data', (chunk: Buffer) => this.#guarded(() => events.together(() => this.#reader.add(chunk))));
      socket.on('close', () => this.#endsSoon());
    });
    this.#pipe = this.#open(PIPE_FD, (pipe) => {
      pipe.setEncoding('utf8');
      pipe.on('data', (text: string) => this.#guarded(() => events.together(() => this.#readLines(text))));
    });
    this.#streams = new ProcessStreams(this.#child.stdout ?? null, this.#child.stderr ?? null);
    this.#child.on('exit', (code, signal) => {
      this.#hasEnded = true;
      this.#wait(LAST_WORDS_MS, () => this.#exited(code, signal));
    });
    this.#child.on('close', (code, signal) => this.#exited(code, signal));
    this.#child.unref();
    if (this.#child.pid === undefined) return; // the `error` event tells why
    watchProgramEnd(this);
    const { cwd, restored } = command;
    this.#send(encodeMessage({ ...start.boot, cwd, restored, tellsByLines: TELLS_BY_LINES } satisfies ProcessBoot));
  }

  post(frame: ToMember): void {
    this.#send(encodeMessage(frame, frame.type === 'run' || frame.type === 'prefetch')); // arguments are the task's own
  }

  #send(message: readonly Uint8Array[]): void {
    if (this.#socket?.writable === true) writeTogether(this.#socket, message);
  }

  postUrgent(frame: ToMember): void {
    if (this.#pipe?.writable === true) this.#pipe.write(`${bytesToBase64(serialize(frame))}\n`);
  }

  revoke(): null {
    return null; // a process shares no memory with its pool
  }

  readArrived(): void {
    // the event loop reads the pipe, and does so before a time limit is judged (clock.ts)
  }

  terminate(): void {
    this.#child.kill('SIGKILL');
  }

  close(): void {
    this.#socket?.destroy();
    this.#pipe?.destroy();
  }

  /**
   * The program has nothing more to do and waits for the process to exit. Exit handlers run in the process, and Node.js
   * writes what it has recorded there.
   */
  retire(): void {
    if (this.#hasEnded) return;
    if (!this.#isReady) return this.terminate();
    this.post({ type: 'retire' });
    this.#child.ref();
    this.#endsSoon();
  }

  /**
   * The program exits. The end of the pipe lets the process exit by itself; a process that is not ready yet is ended at
   * once.
   */
  leave(): void {
    this.#streams.drain();
    if (!this.#isReady) this.terminate();
  }

  /** Opens a descriptor of the process. Whatever comes through the descriptor harms no more than this process. */
  #open(fd: number, use: (socket: Socket) => void): Socket | null {
    const socket = (this.#child.stdio?.[fd] ?? null) as Socket | null;
    if (socket === null) return null;
    use(readToEnd(socket));
    socket.unref();
    return socket;
  }

  #guarded(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#events.failed(error);
    this.terminate();
  }

  #arrived(message: unknown): void {
    const { after, frame } = message as { after: number; frame: FromMember };
    this.#arrivals.add(MESSAGES, after, frame);
    this.#watchStall();
  }

  /**
   * Looks for items that wait for what will never come, because a task has written into the descriptors of the library.
   * Lines are in the pipe before the messages that follow them are posted, so missing lines are an error. A message may
   * be late, but not later than an answer, so the pool asks for an answer.
   */
  #watchStall(): void {
    if (this.#stall !== null || this.#hasExited) return;
    const wasWaiting = this.#arrivals.waits(MESSAGES);
    if (!wasWaiting && !this.#arrivals.waits(LINES)) return;
    const { handed } = this.#arrivals;
    this.#stall = systemClock.after(STALL_MS, () => {
      this.#stall = null;
      const hasStoodStill = handed === this.#arrivals.handed;
      if (hasStoodStill && wasWaiting) return this.#fail(new Error('lines of a process are missing'));
      if (hasStoodStill) this.post({ type: 'ask' });
      this.#watchStall();
    });
  }

  /**
   * Handles a frame. A process that exits waits for its watchdog, which waits for the end of the pipe: so the pool ends
   * the pipe.
   */
  #received(frame: FromMember): void {
    if (frame.type === 'ready') this.#isReady = true;
    if (frame.type === 'exiting') this.#pipe?.destroy();
    else if (frame.type !== 'output') this.#events.frame(frame);
  }

  #readLines(chunk: string): void {
    const lines = stringSplit(this.#rest + chunk, '\n');
    this.#rest = arrayPop(lines)!;
    for (const text of each(lines)) {
      const line = this.#lineOf(text);
      if (line === null) continue;
      const { after, frame } = line;
      if (after === null) this.#received(frame);
      else this.#arrivals.add(LINES, after, frame);
    }
    this.#watchStall();
  }

  /**
   * Reads a line. If a task has written the line, the process gets no more tasks, but the tasks that it has may end.
   * Null if no line of the library follows what the task has written.
   */
  #lineOf(text: string): ReturnType<typeof readLine> | null {
    const line = tryLine(text);
    if (line !== null) return line;
    this.#events.frame({ type: 'loadFailed', module: null });
    const behind = lineBehind(text);
    if (behind === null) this.post({ type: 'ask' }); // the answer tells whether a line of the library is lost
    return behind;
  }

  /** Limits the time for an exit: the process has been told to exit, or nothing can be sent to it any more. */
  #endsSoon(): void {
    if (this.#hasEnded || this.#child.pid === undefined) return;
    this.#hasEnded = true;
    this.#wait(EXIT_MS, () => this.terminate());
  }

  #wait(ms: number, act: () => void): void {
    this.#stopWaiting?.();
    this.#stopWaiting = systemClock.after(ms, act);
  }

  /** Reports an error. A process that could not be started has no exit event, so its exit is reported here. */
  #failed(error: Error): void {
    this.#events.failed(error);
    if (this.#child.pid === undefined) this.#exited(null, null);
  }

  /** Reports the exit, once. What a child of the process writes later is passed on as before. */
  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#hasExited) return;
    this.#hasExited = true;
    this.#hasEnded = true;
    this.#stopWaiting?.();
    this.#stall?.();
    unwatchProgramEnd(this);
    if (!this.#isReady) noteImpostor(this.#streams.reason);
    this.#guarded(() => this.#arrivals.end());
    this.#events.exited({ code, signal, stderr: this.#streams.lastError, reason: this.#streams.reason });
  }
}

function tryLine(text: string): ReturnType<typeof readLine> | null {
  try {
    return readLine(text);
  } catch {
    return null;
  }
}

/** Maximum number of characters that are skipped to find a line of the library behind half of another line. */
const MOST_SKIPPED = 256;

function lineBehind(text: string): ReturnType<typeof readLine> | null {
  for (let at = 1; at < text.length && at < MOST_SKIPPED; at += 1) {
    const line = tryLine(stringSlice(text, at));
    if (line !== null && line.after !== null) return line;
  }
  return null;
}

function startProcess({ args, env, preloadFolder }: ProcessCommand): ChildProcess {
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env,
    cwd: preloadFolder,
  });
}
