import {
  MessageChannel,
  receiveMessageOnPort,
  SHARE_ENV,
  Worker,
  type MessagePort,
  type WorkerOptions,
} from 'node:worker_threads';
import { arrayConcat, arraySlice } from '../../platform/methods.ts';
import { ownPort, ownWorker, process, setImmediate } from '../../platform/node.ts';
import { Atomics, Int32Array, Reflect, SharedArrayBuffer } from '../../platform/primordials.ts';
import type { FromMember, ToMember } from '../frames/frames.ts';
import type { OutputFrame } from '../frames/output.ts';
import type { RunFrame } from '../frames/run.ts';
import { BOOT_TEXTS, bootFiles } from './boot-files.ts';
import { STOPPED_RUN, URGENT } from './boot/claims.ts';
import type { Channel, ChannelEvents, MemberKind, MemberStart } from './channel.ts';
import { preloadsOf, programFlags, threadFlags } from './inherited-flags.ts';
import { OutputBatch } from './process-streams.ts';
import { unwatchProgramEnd, watchProgramEnd, type Ending } from './program-end.ts';
import type { Restored, ThreadBoot } from './role.ts';
import { SentClaims } from './sent-claims.ts';
import { refuseThreadsInExecutable } from './single-executable.ts';

export const THREADS: MemberKind = {
  name: 'thread',
  prefetches: false,
  open: (start, events) => new ThreadChannel(start, events),
};

/**
 * A worker thread behind a private port; pool/channels/boot/thread.ts is the other end. Neither keeps the program
 * alive.
 */
class ThreadChannel implements Channel, Ending {
  readonly id: number;
  readonly #worker: Worker;
  /**
   * Whether the thread takes its runs from the run queue, where they are claimed. Then a run is sent only because the
   * thread has taken it.
   */
  readonly #takesItself: boolean;
  readonly #port: MessagePort;
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(16));
  readonly #claims = new SentClaims((block, memory) => this.#port.postMessage({ type: 'claims', block, memory }));
  readonly #events: ChannelEvents;
  #isTerminating = false;

  constructor(start: MemberStart, events: ChannelEvents) {
    refuseThreadsInExecutable(start.boot.library);
    const { port1, port2 } = new MessageChannel();
    const { access: queue, loadSeat } = start;
    const links = { port: port2, stopFlag: this.#stopFlag, queue, loadSeat };
    this.#events = events;
    this.#takesItself = queue !== null;
    this.#port = ownPort(port1);
    this.#worker = ownWorker(orClose(this.#port, () => newWorker(start, links)));
    this.id = this.#worker.threadId;
    this.#worker.on('error', (error) => events.failed(error));
    this.#worker.on('exit', (code) => this.#exited(code));
    this.#port.on('message', (frame: FromMember) => this.#received(frame));
    this.#port.on('messageerror', (error) => this.#failed(error));
    this.#port.unref();
    this.#worker.unref();
    watchProgramEnd(this);
  }

  post(frame: ToMember): void {
    if (frame.type === 'run' && !this.#takesItself) this.#postRun(frame);
    else this.#port.postMessage(frame);
  }

  #postRun(frame: RunFrame): void {
    this.#claims.open(frame.run);
    try {
      this.#port.postMessage(frame);
    } catch (error) {
      this.#claims.close(frame.run);
      throw error;
    }
  }

  revoke(run: number): boolean {
    return this.#claims.revoke(run);
  }

  /** Posts the frame and then sets the shared numbers, so that a thread that sees the numbers finds the frame. */
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
      this.#received(arrived.message);
    }
  }

  terminate(): void {
    this.#isTerminating = true;
    void this.#worker.terminate();
    this.#isTerminating = false;
  }

  close(): void {
    this.#port.close();
  }

  retire(): void {
    // the thread ends with the program
  }

  /** The program exits: prints the thread's output that is still in the port. */
  leave(): void {
    const batch = new OutputBatch();
    for (;;) {
      const arrived = receiveMessageOnPort(this.#port) as { message: FromMember | null } | undefined;
      if (arrived === undefined) break;
      if (arrived.message?.type === 'output') batch.add(arrived.message);
    }
    batch.print();
  }

  /** Prints this output, together with all output that has come after it. */
  #print(first: OutputFrame): void {
    const batch = new OutputBatch();
    batch.add(first);
    for (;;) {
      const arrived = receiveMessageOnPort(this.#port) as { message: FromMember } | undefined;
      if (arrived === undefined) break;
      if (arrived.message?.type === 'output') batch.add(arrived.message);
      else {
        batch.print();
        this.#received(arrived.message);
      }
    }
    batch.print();
  }

  /** Handles a frame. Whatever a thread sends, it harms no more than itself. */
  #received(frame: FromMember): void {
    try {
      if (frame.type === 'ended') this.#claims.close(frame.run);
      if (frame.type === 'output') this.#print(frame);
      else if (frame.type !== 'exiting') this.#events.frame(frame);
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /**
   * Ends a thread that has sent a message which cannot be read or understood: that thread cannot be relied on any more.
   */
  #failed(error: Error): void {
    this.#events.failed(error);
    this.terminate();
  }

  #exited(code: number): void {
    if (this.#isTerminating) return void setImmediate(() => this.#exited(code)); // Deno emits `exit` within the call
    unwatchProgramEnd(this);
    this.#events.exited({ code, signal: null, stderr: null, reason: '' });
  }
}

/** Closes the channel if the thread cannot be made: closing one port closes the other. */
function orClose(port: MessagePort, make: () => Worker): Worker {
  try {
    return make();
  } catch (error) {
    port.close();
    throw error;
  }
}

/** Threads of Bun and Deno ignore `execArgv`. */
const TAKES_FLAGS = !('bun' in process.versions) && !('deno' in process.versions);

type ThreadLinks = Pick<ThreadBoot, 'port' | 'stopFlag' | 'queue' | 'loadSeat'>;

/**
 * Starts a thread with the flags of the program that a thread can have of its own. Where the boot file stands on disk,
 * it is the first module that is preloaded. So no other code sees the link to the pool, and the library finds its role
 * even if a preloaded module of the user imports it.
 */
function newWorker(start: MemberStart, links: ThreadLinks): Worker {
  const { boot, execArgv, env } = start;
  const own = execArgv ?? [];
  const given = env === SHARE_ENV ? process.env : (env ?? process.env);
  const nodeOptions = env === SHARE_ENV ? undefined : given['NODE_OPTIONS'];
  const flags = threadFlags(nodeOptions);
  const files = flags === null ? null : bootFiles('thread', boot.library);
  const isPlain = files === null && execArgv === null && (flags === null || flags.length === programFlags().length);
  const movesOptions = !isPlain && nodeOptions !== undefined;
  const restored: Restored = {
    argv: arraySlice(process.argv, 2),
    execArgv: arrayConcat(programFlags(), own),
    env: movesOptions ? { NODE_OPTIONS: nodeOptions } : {},
  };
  const options: WorkerOptions = {
    workerData: {
      atasker: { ...boot, ...links, restored, ahead: TAKES_FLAGS ? [] : preloadsOf(own) } satisfies ThreadBoot,
    },
    transferList: [links.port],
    ...(env === null && !movesOptions ? {} : { env: env === SHARE_ENV ? env : threadEnv(given, movesOptions) }),
    ...(start.resourceLimits === null ? {} : { resourceLimits: { ...start.resourceLimits } }),
    stdout: !isStream(process.stdout),
    stderr: !isStream(process.stderr),
  };
  const source = files?.main ?? BOOT_TEXTS.thread;
  const isEval = files === null;
  if (isPlain) return construct(source, { ...options, eval: true });
  const preload = files === null ? [] : ['--require', files.preload];
  try {
    return construct(source, { ...options, eval: isEval, execArgv: arrayConcat(preload, flags ?? [], own) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
    // This version of Node.js refuses a flag, and the table does not know that. If the flag is the pool's own, this
    // throws too.
    return construct(source, { ...options, eval: isEval, execArgv: arrayConcat(preload, own) });
  }
}

function threadEnv(given: NodeJS.Dict<string>, movesOptions: boolean): NodeJS.Dict<string> {
  const { NODE_OPTIONS, ...rest } = given;
  return movesOptions ? rest : { ...rest, NODE_OPTIONS };
}

/**
 * Whether Node.js can pipe what a thread prints to this stream of the program. A test may have put something else
 * there.
 */
function isStream(stream: unknown): boolean {
  return typeof (stream as NodeJS.WriteStream | null)?.setMaxListeners === 'function';
}

/** Creates a `Worker`. Bundlers take what they see after `new Worker` for a file, and do not find it. */
function construct(source: string, options: WorkerOptions): Worker {
  return Reflect.construct(Worker, [source, options]) as Worker;
}
