import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type WorkerOptions,
} from 'node:worker_threads';
import { inheritedFlags } from './inherited-flags.ts';
import { STOPPED_RUN, THREAD_BOOT_SOURCE, URGENT, type ThreadBoot } from '../role.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import type { Channel, ChannelEvents, MemberKind, MemberStart } from './channel.ts';

export const THREADS: MemberKind = {
  name: 'thread',
  takesAhead: false,
  open: (start, events) => new ThreadChannel(start, events),
};

/** A worker thread behind a private port. Neither keeps the program alive. */
class ThreadChannel implements Channel {
  readonly id: number;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(12));
  readonly #events: ChannelEvents;

  constructor(start: MemberStart, events: ChannelEvents) {
    const { port1, port2 } = new MessageChannel();
    const boot: ThreadBoot = { ...start.boot, port: port2, stopFlag: this.#stopFlag, queue: start.seat };
    this.#events = events;
    this.#port = port1;
    this.#worker = orClose(port1, () =>
      newWorker(start, {
        eval: true,
        argv: process.argv.slice(2),
        workerData: { atasker: boot },
        transferList: [port2],
      }),
    );
    this.id = this.#worker.threadId;
    this.#worker.on('error', (error) => events.failed(error));
    this.#worker.on('exit', (code) => events.exited({ code, signal: null, stderr: null }));
    this.#port.on('message', (frame: FromMember) => events.frame(frame));
    this.#port.on('messageerror', (error) => this.#unreadable(error));
    this.#port.unref();
    this.#worker.unref();
  }

  post(frame: ToMember, transfer: readonly ArrayBuffer[]): void {
    this.#port.postMessage(frame, transfer);
  }

  /** The flags come last: whoever sees them finds the frame. */
  postUrgent(frame: ToMember): void {
    this.#port.postMessage(frame);
    if (frame.type === 'stop') Atomics.store(this.#stopFlag, STOPPED_RUN, frame.run);
    Atomics.add(this.#stopFlag, URGENT, 1);
    Atomics.notify(this.#stopFlag, URGENT);
  }

  readArrived(): void {
    for (;;) {
      const arrived = receiveMessageOnPort(this.#port) as { message: FromMember } | undefined;
      if (arrived === undefined) return;
      this.#events.frame(arrived.message);
    }
  }

  terminate(): void {
    void this.#worker.terminate();
  }

  /** A message has come that cannot be read here: whatever it said, its sender cannot be relied on any more. */
  #unreadable(error: Error): void {
    this.#events.failed(error);
    this.terminate();
  }

  close(): void {
    this.#port.close();
  }
}

/** A thread that cannot be made leaves no channel behind: closing one end closes the other. */
function orClose(port: MessagePort, make: () => Worker): Worker {
  try {
    return make();
  } catch (error) {
    port.close();
    throw error;
  }
}

/** Flags of the program that a thread cannot have of its own (of V8, of the process) are left out. */
function newWorker(start: MemberStart, options: WorkerOptions): Worker {
  const { execArgv } = start;
  const all = { ...options, ...workerOptions(start) };
  if (execArgv === null) return bootWorker(all);
  try {
    return bootWorker({ ...all, execArgv: [...inheritedFlags(), ...execArgv] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
    return bootWorker({ ...all, execArgv: [...execArgv] });
  }
}

/** Bundlers take what they see after `new Worker` for a file, and do not find it. */
function bootWorker(options: WorkerOptions): Worker {
  return Reflect.construct(Worker, [THREAD_BOOT_SOURCE, options]) as Worker;
}

function workerOptions({ env, resourceLimits }: MemberStart): WorkerOptions {
  return {
    ...(env === null ? {} : { env: { ...env } as NodeJS.Dict<string> }),
    ...(resourceLimits === null ? {} : { resourceLimits: { ...resourceLimits } }),
  };
}
