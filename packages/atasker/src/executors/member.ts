/**
 * One member of a pool, a thread or a process, seen from the pool: its states and the run it holds.
 * runtime/serve.ts is the other end; wire/frames.ts has what goes over the channel.
 */
import { MEMBER, move, type MemberState } from '../core/lifecycle.ts';
import type { BootData, MainFile } from '../role.ts';
import type { Address, Outcome, TaskHandle } from '../task.ts';
import { decodeError, encodeError } from '../wire/errors.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import { decodeOutcome } from '../wire/outcome.ts';
import { orCloneError, unpack, type Packed } from '../wire/values.ts';
import type { Channel, Exit, MemberKind, MemberStart } from './channel.ts';
import type { ExecutorEvents } from './executor.ts';
import { lostError, type Loss } from './lost.ts';
import { MemberChildren } from './member-children.ts';
import { MemberLocks } from './member-locks.ts';

/** What a thread tells its pool. */
export interface MemberEvents {
  ready(member: PoolMember): void;
  ended(member: PoolMember, task: TaskHandle, outcome: Outcome): void;
  /** The task had not begun; `error` says what became of its thread. */
  givenBack(member: PoolMember, task: TaskHandle, error: Error): void;
  /** The thread is no more. `cause` if that was not our wish. */
  gone(member: PoolMember, exit: Exit, cause: Error | null): void;
}

/** What a thread holds: one task, from its handing over until its end. */
export interface Hold {
  readonly task: TaskHandle;
  readonly number: number;
}

export class PoolMember {
  /** When it had nothing to do last, in monotonic milliseconds; the pool writes it. */
  idleSince = 0;
  /** Whether something went wrong in it that was not its task's fault: it takes no further task. */
  isSuspect = false;
  /** Resolves when it has exited. */
  readonly whenGone: Promise<void>;
  #setGone = (): void => {};
  readonly #kind: MemberKind['name'];
  #state: MemberState = 'starting';
  #hold: Hold | null = null;
  #runs = 0;
  #uncaught: Error | null = null;
  #exit: Exit | null = null;
  /** What the module that is being loaded has defined so far, for the message of a time limit. */
  #registered: string[] = [];
  #flushing = 0;
  /** How far it has evaluated the main file: Infinity if not yet, or whole. */
  #main: MainFile;
  /** The definitions that have been named to it, by number. */
  readonly #named = new Map<Address, number>();
  #isLoading = false;
  readonly #channel: Channel;
  readonly #children: MemberChildren;
  readonly #locks: MemberLocks;
  readonly #events: MemberEvents;
  readonly #reports: ExecutorEvents;

  constructor(kind: MemberKind, start: MemberStart, events: MemberEvents, reports: ExecutorEvents) {
    this.#kind = kind.name;
    this.#events = events;
    this.#reports = reports;
    this.#main = evaluatesMainFile(start.boot) ? start.boot.main : { ...start.boot.main, lastOrdinal: Infinity };
    this.whenGone = new Promise((resolve) => (this.#setGone = resolve));
    this.#children = new MemberChildren(kind.name, reports, (frame) => this.#channel.post(frame, []));
    this.#locks = new MemberLocks(reports.locks, () => this.#channel);
    this.#channel = kind.open(start, {
      frame: (frame) => this.#handle(frame),
      failed: (error) => (this.#uncaught ??= error),
      exited: (exit) => this.#exited(exit),
    });
  }

  /** The number of the thread, or of the process. */
  get id(): number {
    return this.#channel.id;
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

  /** Whether it loads the module of its task. If not, and the task does not begin, it has not got so far. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** @throws CloneError if the arguments are refused only now. */
  run(task: TaskHandle, main: MainFile): void {
    const address = task.target.address!;
    if (address.module === main.module && this.#main.lastOrdinal === Infinity) this.#main = main;
    const { value, marks, transfer } = task.args as Packed;
    const number = ++this.#runs;
    const { id, name, priority } = task;
    const definition = this.#named.get(address) ?? this.#named.size;
    const frame: ToMember = {
      type: 'run',
      run: number,
      id,
      name,
      priority,
      definition,
      address: this.#named.has(address) ? null : address,
      args: { value, marks },
      mainLastOrdinal: this.#main.lastOrdinal,
    };
    orCloneError('args', () => this.#channel.post(frame, transfer));
    this.#named.set(address, definition);
    this.#hold = { task, number };
    this.#registered = [];
    this.#isLoading = false;
    this.#move('busy');
  }

  /** Asks the task to stop. */
  stop(error: Error): void {
    if (this.#hold === null) return;
    this.#channel.postUrgent({ type: 'stop', run: this.#hold.number, reason: encodeError(error) });
  }

  /** Ends it while it does whatever it does; its task is over now. */
  kill(outcome: Outcome): void {
    if (this.#state === 'gone' || this.#state === 'lost') return;
    if (this.#state !== 'retiring') this.#move('retiring'); // first, so that nothing is handed to it meanwhile
    this.readArrived();
    this.#finish(outcome);
    this.#channel.terminate();
  }

  /** Ends it because it does not begin with what it was handed: somebody else may run that. */
  giveUp(): void {
    this.#move('retiring');
    this.readArrived();
    this.#giveBack();
    this.#channel.terminate();
  }

  /** Lets it end by itself, with the `exit` handlers of the user's modules. It must hold no task. */
  retire(): void {
    this.#move('retiring');
    this.#channel.post({ type: 'retire' }, []);
  }

  readArrived(): void {
    this.#channel.readArrived();
  }

  #handle(frame: FromMember): void {
    switch (frame.type) {
      case 'broken':
        this.#uncaught ??= new Error(`the library could not be loaded in a thread: ${frame.text}`);
        this.#channel.terminate();
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
      case 'exiting':
        return; // the channel has done what is to be done
      case 'loading':
        if (this.#hold?.number === frame.run) this.#isLoading = true;
        return;
      case 'registered':
        this.#registered.push(`${frame.name} (line ${frame.line})`);
        return;
      case 'uncaught':
        return this.#failed(frame.run, decodeError(frame.error, this.#where()));
      case 'userError':
        return this.#reports.userError(decodeError(frame.error), frame.source);
      case 'warning':
        return this.#reports.warning(frame.module, frame.text);
      case 'child':
      case 'childCancel':
      case 'childPriority':
      case 'observed':
      case 'childProgressRead':
        return this.#children.handle(frame, this.#hold);
      case 'progress':
        return this.#progressed(frame);
      case 'lockAcquire':
      case 'lockRelease':
        return this.#locks.handle(frame);
      case 'returned':
        if (this.#hold?.number === frame.run) this.#reports.returned(this.#hold.task);
    }
  }

  #started(at: number, run: number): void {
    if (this.#hold?.number !== run) return;
    this.#reports.started(this.#hold.task, at);
  }

  #ended({ run, outcome, hasOutput }: Extract<FromMember, { type: 'ended' }>): void {
    if (hasOutput) {
      this.#flushing += 1;
      this.#reports.hold();
    }
    if (this.#hold?.number !== run) return;
    if (this.#state === 'busy') this.#move('idle');
    this.#finish(decodeOutcome(outcome, this.#where()));
  }

  #progressed({ run, values }: Extract<FromMember, { type: 'progress' }>): void {
    if (this.#hold?.number !== run) return;
    this.#reports.progressed(this.#hold.task, (unpack(values) as unknown[])[0]);
    this.#channel.postUrgent({ type: 'progressRead', run });
  }

  /** An error that nobody caught: its task fails with it, and the thread ends. */
  #failed(run: number, error: Error): void {
    if (this.#state === 'retiring') return;
    const isGuilty = run === this.#hold?.number;
    if (!isGuilty) this.#reports.lateError(error);
    if (isGuilty && this.#state !== 'busy') this.#finish({ kind: 'failed', error });
    else if (isGuilty || this.#hold === null) this.kill({ kind: 'failed', error });
    else this.isSuspect = true;
  }

  #exited(exit: Exit): void {
    this.#exit = exit;
    const cause = this.#state === 'retiring' ? null : this.#cause();
    this.#move(this.#state === 'retiring' ? 'gone' : 'lost'); // first, so that nothing is handed to it any more
    this.readArrived();
    this.#channel.close();
    this.#locks.releaseAll();
    for (; this.#flushing > 0; this.#flushing -= 1) this.#reports.release();
    if (this.#hold !== null && this.#hold.task.timeStarted === null) this.#giveBack();
    else this.#finish({ kind: 'failed', error: this.#lost() });
    this.#events.gone(this, exit, cause);
    this.#setGone();
  }

  /** Why it has ended without being told to. */
  #cause(): Error {
    return this.#uncaught ?? this.#lost();
  }

  /** The task that it holds has not begun, and is queued again if its arguments are still here. */
  #giveBack(): void {
    const hold = this.#hold;
    if (hold === null) return;
    this.#hold = null;
    this.#events.givenBack(this, hold.task, lostError({ ...this.#loss(), task: hold.task }));
  }

  /** The task that it holds is over. */
  #finish(outcome: Outcome): void {
    const hold = this.#hold;
    if (hold === null) return;
    this.#hold = null;
    this.#events.ended(this, hold.task, outcome);
  }

  #lost(): Error {
    return lostError(this.#loss());
  }

  #loss(): Loss {
    return { kind: this.#kind, id: this.id, task: this.task, exit: this.#exit, cause: this.#uncaught };
  }

  #where(): string {
    return `task ${this.task?.name ?? 'that has ended'} (${this.#kind} ${this.id})`;
  }

  #move(to: MemberState): void {
    this.#state = move(MEMBER, this.#state, to);
  }
}

/** Whether a thread evaluates the main file when it starts: in a bundle with the library, or ahead of its tasks. */
function evaluatesMainFile({ main, library, preload }: BootData): boolean {
  return main.module !== null && (main.module === library || preload.includes(main.module));
}
