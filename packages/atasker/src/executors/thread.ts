/**
 * One pool thread, seen from the pool: its states, its channel and the run it holds.
 * runtime/serve.ts is the other end; wire/frames.ts has what goes over.
 */
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type WorkerOptions,
} from 'node:worker_threads';
import { MEMBER, move, type MemberState } from '../core/lifecycle.ts';
import { LostError, TaskError } from '../errors.ts';
import { BOOT_SOURCE, type BootData, type MainFile } from '../role.ts';
import type { Address, Outcome, TaskHandle } from '../task.ts';
import { decodeError, encodeError } from '../wire/errors.ts';
import type { FromThread, ToThread } from '../wire/frames.ts';
import { decodeOutcome } from '../wire/outcome.ts';
import { orCloneError, type Packed } from '../wire/values.ts';
import type { ExecutorEvents } from './executor.ts';
import { ThreadChildren } from './thread-children.ts';

/** What a thread is started with, besides what it makes itself. */
export interface ThreadStart {
  readonly boot: Omit<BootData, 'port' | 'stopFlag'>;
  readonly worker: Pick<WorkerOptions, 'execArgv' | 'env' | 'resourceLimits'>;
}

/** What a thread tells its pool. */
export interface ThreadEvents {
  ready(thread: PoolThread): void;
  ended(thread: PoolThread, task: TaskHandle, outcome: Outcome): void;
  /** The thread is no more. `cause` if that was not our wish. */
  gone(thread: PoolThread, exitCode: number, cause: Error | null): void;
}

/** What a thread holds: one task, from its handing over until its end. */
export interface Hold {
  readonly task: TaskHandle;
  readonly number: number;
}

export class PoolThread {
  readonly id: number;
  /** When it had nothing to do last, in monotonic milliseconds; the pool writes it. */
  idleSince = 0;
  /** Whether something went wrong in it that was not its task's fault: it takes no further task. */
  isSuspect = false;
  #state: MemberState = 'starting';
  #hold: Hold | null = null;
  #runs = 0;
  #uncaught: Error | null = null;
  #exitCode: number | null = null;
  /** What the module that is being loaded has defined so far, for the message of a time limit. */
  #registered: string[] = [];
  #flushing = 0;
  /** How far it has evaluated the main file: Infinity if not yet, or whole. */
  #main: MainFile;
  /** The definitions that have been named to it, by number, and those of them that it has run. */
  readonly #named = new Map<Address, number>();
  readonly #known = new Set<Address>();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(4));
  readonly #children: ThreadChildren;
  readonly #events: ThreadEvents;
  readonly #reports: ExecutorEvents;

  constructor(start: ThreadStart, events: ThreadEvents, reports: ExecutorEvents) {
    const { port1, port2 } = new MessageChannel();
    const boot: BootData = { ...start.boot, port: port2, stopFlag: this.#stopFlag };
    this.#events = events;
    this.#reports = reports;
    this.#main = start.boot.main;
    this.#port = port1;
    this.#children = new ThreadChildren(reports, (frame) => this.#port.postMessage(frame));
    this.#worker = new Worker(BOOT_SOURCE, {
      ...start.worker,
      eval: true,
      argv: process.argv.slice(2),
      workerData: { atasker: boot },
      transferList: [port2],
    });
    this.id = this.#worker.threadId;
    this.#worker.on('error', (error) => (this.#uncaught ??= error));
    this.#worker.on('exit', (code) => this.#exited(code));
    this.#port.on('message', (frame: FromThread) => this.#handle(frame));
    this.#port.unref();
    this.#worker.unref();
    if (!evaluatesMainFile(start.boot)) this.#main = { ...this.#main, lastOrdinal: Infinity };
  }

  get state(): MemberState {
    return this.#state;
  }

  /** The task that it holds. */
  get task(): TaskHandle | null {
    return this.#hold?.task ?? null;
  }

  /** What it has to say about a load that takes too long. */
  get registered(): readonly string[] {
    return this.#registered;
  }

  /** Whether it has evaluated the main file only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    return module === this.#main.module && ordinal > this.#main.lastOrdinal;
  }

  /** Whether it has run a task of this definition, so that nothing has to be loaded. */
  knows(address: Address): boolean {
    return this.#known.has(address);
  }

  /** @throws CloneError if the arguments are refused only now. */
  run(task: TaskHandle, main: MainFile): void {
    const address = task.target.address!;
    if (address.module === main.module && this.#main.lastOrdinal === Infinity) this.#main = main;
    const { value, transfer } = task.args as Packed;
    const number = ++this.#runs;
    const { id, name, priority } = task;
    const definition = this.#named.get(address) ?? this.#named.size;
    const frame: ToThread = {
      type: 'run',
      run: number,
      id,
      name,
      priority,
      definition,
      address: this.#named.has(address) ? null : address,
      args: value,
      mainLastOrdinal: this.#main.lastOrdinal,
    };
    orCloneError('args', () => this.#port.postMessage(frame, transfer));
    this.#named.set(address, definition);
    this.#hold = { task, number };
    this.#registered = [];
    this.#move('busy');
  }

  /** Asks the task to stop. The flag comes last: whoever sees it finds the frame. */
  stop(error: Error): void {
    if (this.#hold === null) return;
    this.#port.postMessage({ type: 'stop', run: this.#hold.number, reason: encodeError(error) } satisfies ToThread);
    Atomics.store(this.#stopFlag, 0, this.#hold.number);
  }

  /** Ends it while it does whatever it does; its task is over now. */
  kill(outcome: Outcome): void {
    this.readArrived();
    if (this.#state === 'gone' || this.#state === 'lost') return;
    if (this.#state !== 'retiring') this.#move('retiring');
    this.#finish(outcome);
    void this.#worker.terminate();
  }

  /** Lets it end by itself, with the `exit` handlers of the user's modules. It must hold no task. */
  retire(): void {
    this.#move('retiring');
    this.#port.postMessage({ type: 'retire' } satisfies ToThread);
  }

  readArrived(): void {
    for (;;) {
      const arrived = receiveMessageOnPort(this.#port) as { message: FromThread } | undefined;
      if (arrived === undefined) return;
      this.#handle(arrived.message);
    }
  }

  #handle(frame: FromThread): void {
    switch (frame.type) {
      case 'broken':
        this.#uncaught ??= new Error(`the library could not be loaded in a thread: ${frame.text}`);
        void this.#worker.terminate();
        return;
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#move('idle');
        return this.#events.ready(this);
      case 'started':
        return this.#started(frame.at, frame.run);
      case 'ended':
        return this.#ended(frame);
      case 'flushed':
        this.#flushing -= 1;
        return this.#reports.release();
      case 'registered':
        this.#registered.push(`${frame.name} (line ${frame.line})`);
        return;
      case 'uncaught':
        return this.#failed(frame.run, decodeError(frame.error, this.#where()));
      case 'warning':
        return this.#reports.warning(frame.module, frame.text);
      case 'child':
      case 'childCancel':
      case 'childPriority':
      case 'observed':
        return this.#children.handle(frame, this.#hold);
      case 'returned':
        if (this.#hold?.number === frame.run) this.#reports.returned(this.#hold.task);
    }
  }

  #started(at: number, run: number): void {
    if (this.#hold?.number !== run) return;
    this.#known.add(this.#hold.task.target.address!);
    this.#reports.started(this.#hold.task, at);
  }

  #ended({ run, outcome, hasOutput }: Extract<FromThread, { type: 'ended' }>): void {
    if (hasOutput) {
      this.#flushing += 1;
      this.#reports.hold();
    }
    if (this.#hold?.number !== run) return;
    if (this.#state === 'busy') this.#move('idle');
    this.#finish(decodeOutcome(outcome, this.#where()));
  }

  /** An error that nobody caught: its task fails with it, and the thread ends. */
  #failed(run: number, error: Error): void {
    if (this.#state === 'retiring') return;
    const isGuilty = run === this.#hold?.number;
    if (!isGuilty) this.#reports.lateError(error);
    if (isGuilty || this.#hold === null) this.kill({ kind: 'failed', error });
    else this.isSuspect = true;
  }

  #exited(code: number): void {
    this.readArrived();
    this.#exitCode = code;
    const cause = this.#state === 'retiring' ? null : (this.#uncaught ?? this.#lost());
    this.#move(this.#state === 'retiring' ? 'gone' : 'lost');
    this.#port.close();
    for (; this.#flushing > 0; this.#flushing -= 1) this.#reports.release();
    this.#finish({ kind: 'failed', error: this.#lost() });
    this.#events.gone(this, code, cause);
  }

  /** The task that it holds is over. */
  #finish(outcome: Outcome): void {
    const hold = this.#hold;
    if (hold === null) return;
    this.#hold = null;
    this.#events.ended(this, hold.task, outcome);
  }

  #lost(): TaskError {
    const { task } = this;
    const cause = this.#uncaught ?? undefined;
    const details = { taskId: task?.id, taskName: task?.name, cause, exitCode: this.#exitCode, threadId: this.id };
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const message = `${task?.name ?? 'a thread'} ran out of memory; raise resourceLimits of the thread pool`;
      return new TaskError('ERR_TASK_OUT_OF_MEMORY', message, details);
    }
    const message = `the thread of ${task?.name ?? 'no task'} ended with exit code ${this.#exitCode} before its result came`;
    return new LostError('ERR_TASK_LOST', message, details);
  }

  #where(): string {
    return `task ${this.task?.name ?? 'that has ended'} (thread ${this.id})`;
  }

  #move(to: MemberState): void {
    this.#state = move(MEMBER, this.#state, to);
  }
}

/** Whether a thread evaluates the main file when it starts: in a bundle with the library, or ahead of its tasks. */
function evaluatesMainFile({ main, library, preload }: ThreadStart['boot']): boolean {
  return main.module !== null && (main.module === library || preload.includes(main.module));
}
