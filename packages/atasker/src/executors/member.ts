/**
 * One member of a pool, a thread or a process, seen from the pool: its states and the run it holds.
 * runtime/serve.ts is the other end; wire/frames.ts has what goes over the channel.
 */
import { MEMBER, move, type MemberState } from '../core/lifecycle.ts';
import type { MainFile } from '../role.ts';
import type { Address } from '../call.ts';
import type { Outcome, TaskHandle } from '../task.ts';
import { decodeError, encodeError } from '../wire/errors.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import { fromExactText } from '../wire/exact-text.ts';
import { decodeOutcome } from '../wire/outcome.ts';
import { orCloneError, unpack, type Packed } from '../wire/values.ts';
import type { Channel, Exit, MemberKind, MemberStart } from './channel.ts';
import type { ExecutorEvents } from './executor.ts';
import { lostError, type Loss } from './lost.ts';
import { MemberChildren } from './member-children.ts';
import type { Hold, Holds } from './holds.ts';
import type { MemberEvents, MemberLinks } from './member-links.ts';
import { MemberKnowledge } from './member-knowledge.ts';
import { MemberLocks } from './member-locks.ts';

type Links = MemberLinks<PoolMember>;

export class PoolMember {
  /** When it had nothing to do last, in monotonic milliseconds; the pool writes it. */
  idleSince = 0;
  /** Whether something went wrong in it that was not its task's fault: it takes no further task. */
  isSuspect = false;
  /** How many outcomes have come as frames, and whether a frame is about to be handled. */
  outcomesRead = 0;
  isHandling = false;
  /** Resolves when it has exited. */
  readonly whenGone: Promise<void>;
  #setGone = (): void => {};
  readonly #kind: MemberKind['name'];
  #state: MemberState = 'starting';
  /** The task that it has. */
  readonly holds: Holds;
  #uncaught: Error | null = null;
  #exit: Exit | null = null;
  /** What the module that is being loaded has defined so far, for the message of a time limit. */
  #registered: string[] = [];
  #flushing = 0;
  /** What it knows of the program. */
  readonly knowledge: MemberKnowledge;
  /** Who wants to know whether it gets round to reading. */
  readonly #asked: (() => void)[] = [];
  readonly #channel: Channel;
  readonly #children: MemberChildren;
  readonly #locks: MemberLocks;
  readonly #events: MemberEvents<PoolMember>;
  readonly #reports: ExecutorEvents;

  constructor(kind: MemberKind, start: MemberStart, { holds, ...events }: Links, reports: ExecutorEvents) {
    this.#kind = kind.name;
    this.holds = holds;
    this.knowledge = new MemberKnowledge(start);
    this.#events = events;
    this.#reports = reports;
    this.whenGone = new Promise((resolve) => (this.#setGone = resolve));
    this.#children = new MemberChildren(kind.name, reports, (frame) => this.#post(frame));
    this.#locks = new MemberLocks(reports.locks, () => this.#channel);
    this.#channel = kind.open(start, {
      frame: (frame) => this.#handle(frame),
      together: (report) => reports.together(report),
      failed: (error) => (this.#uncaught ??= error),
      exited: (exit) => this.#exited(exit),
    });
  }

  /** The number of the thread, or of the process. */
  get id(): number {
    return this.#channel.id;
  }

  get isGone(): boolean {
    return this.#state === 'gone' || this.#state === 'lost';
  }

  get state(): MemberState {
    return this.#state;
  }

  /** The task that it holds. */
  get task(): TaskHandle | null {
    return this.holds.current?.task ?? null;
  }

  /** What it has to say about a load that takes too long. */
  get registered(): readonly string[] {
    return this.#registered;
  }

  /** Sends it a task. @throws CloneError if the arguments are refused only now. */
  run(task: TaskHandle, main: MainFile): void {
    const hold = this.holds.add(task);
    const frame = this.knowledge.runFrame(task, hold.number, main);
    const { transfer } = task.args as Packed; // undefined of a text
    try {
      orCloneError('args', () => this.#post(frame, transfer));
    } catch (error) {
      this.holds.drop(hold);
      this.holds.release(hold);
      if (this.holds.seat !== null) this.#post({ type: 'drop', run: hold.number });
      throw error;
    }
    this.knowledge.name(task.target.address!, frame.definition);
    if (this.#state === 'idle' && this.holds.seat === null && !this.holds.holdsMany) this.#move('busy');
  }

  /** Names a definition to it, ahead of the tasks that need it. */
  define(definition: number, address: Address, main: MainFile): void {
    this.knowledge.name(address, definition);
    this.#post({ type: 'define', definition, address, mainLastOrdinal: main.lastOrdinal });
  }

  /** Sends it tasks that it begins when those before them are over. */
  sendAhead(idPrefix: string, runs: string): void {
    this.#post({ type: 'ahead', idPrefix, runs });
  }

  /** Asks for tasks back that were sent ahead and have not begun. */
  takeBack(first: Hold, last: Hold): void {
    this.#channel.postUrgent({ type: 'takeBack', first: first.number, last: last.number, reason: null });
  }

  /** Asks the task to stop; one that was sent ahead may have begun by now. */
  stop(task: TaskHandle, error: Error): void {
    const hold = this.holds.of(task);
    if (hold === null) return;
    const { number: run } = hold;
    const reason = encodeError(error);
    const isAhead = this.#state === 'busy' && hold !== this.holds.current;
    if (isAhead) this.#channel.postUrgent({ type: 'takeBack', first: run, last: run, reason });
    else this.#channel.postUrgent({ type: 'stop', run, reason });
    this.holds.wake();
  }

  /**
   * Ends it while it does whatever it does. `task` is what it is ended for and ends with this outcome; null if
   * it is to have none. False if it is at another task by now, which is not to be harmed.
   */
  kill(task: TaskHandle | null, outcome: Outcome): boolean {
    if (this.isGone) return true;
    if (this.#state !== 'retiring') {
      const { current } = this.holds;
      if ((current?.task ?? null) !== task || !this.holds.close(current)) {
        this.readArrived();
        return false;
      }
      this.#move('retiring'); // first, so that nothing is handed to it meanwhile
    }
    this.readArrived();
    if (this.holds.current !== null) this.#finish(this.holds.current, outcome);
    this.#channel.terminate();
    return true;
  }

  /** Ends it because it does not begin with what it was handed: somebody else may run that. False if it runs others beside. */
  giveUp(): boolean {
    if (this.holds.holdsMany && this.holds.bury().some(({ fate }) => fate === 'begun')) return false;
    if (this.holds.holdsMany) return this.lose(new Error('its event loop stood still'));
    if (!this.holds.close(this.holds.current)) return true;
    this.#move('retiring');
    this.readArrived();
    const { current } = this.holds;
    if (current !== null) this.#giveBack(current, lostError(this.#loss(current)));
    this.#channel.terminate();
    return true;
  }

  /** One of many tasks ends; what still comes of it is dropped. */
  drop(task: TaskHandle, outcome: Outcome): void {
    const hold = this.holds.of(task);
    if (hold === null) return;
    if (outcome.kind === 'failed') this.stop(task, outcome.error as Error); // so that it does not begin
    this.#finish(hold, outcome);
  }

  /** Ends it, whatever it does, and with it all that it has. */
  lose(cause: Error): true {
    if (this.#state === 'retiring' || this.isGone) return true;
    this.#uncaught ??= cause;
    this.#move('retiring');
    this.#channel.terminate();
    return true;
  }

  /** Calls back when it has got round to it. */
  ask(answered: () => void): void {
    this.#asked.push(answered);
    this.#post({ type: 'ask' });
  }

  /** Lets it end by itself, with the `exit` handlers of the user's modules. It must hold no task. */
  retire(): void {
    this.#move('retiring');
    this.#post({ type: 'retire' });
  }

  /** Handles what it has sent. */
  readFrames(): void {
    this.#channel.readArrived();
  }

  /** The same, and what it has left. */
  readArrived(): void {
    this.readFrames();
    this.holds.readArrived();
  }

  /** A result that it has left, and not sent. */
  arrived(hold: Hold, startedAt: number, outcome: Outcome): void {
    this.#reports.started(hold.task, startedAt); // unless that was told
    this.#events.ended(this, hold.task, outcome);
    this.holds.release(hold);
  }

  #post(frame: ToMember, transfer: readonly ArrayBuffer[] = []): void {
    this.#channel.post(frame, transfer);
    this.holds.wake();
  }

  #handle(frame: FromMember): void {
    this.isHandling = true;
    this.holds.readArrived(); // it came before the frame
    this.isHandling = false;
    switch (frame.type) {
      case 'broken':
        this.#uncaught ??= new Error(`the library could not be loaded in a thread: ${frame.text}`);
        this.#channel.terminate();
        return;
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#move('idle');
        return this.#events.ready(this);
      case 'answer':
        return this.#asked.shift()?.();
      case 'fetch':
        return this.#withHold(frame.run, (hold) => this.#events.fetches(this, hold.task));
      case 'tooOld':
        return this.#withHold(frame.run, (hold) => this.#tooOld(hold));
      case 'started':
        return this.#withHold(frame.run, ({ task }) => this.#reports.started(task, frame.at));
      case 'ended':
        return this.#ended(frame);
      case 'done':
        return this.#withHold(frame.run, (hold) => this.#done(hold, frame.ms, frame.text));
      case 'withdrawn':
        return this.#withHold(frame.run, (hold) => this.#giveBack(hold, null));
      case 'flushed':
        this.#flushing -= 1;
        return this.#reports.release();
      case 'exiting':
        return; // the channel has done what is to be done
      case 'loading':
        this.#registered = [];
        return this.#withHold(frame.run, ({ task }) => this.#events.loads(this, task));
      case 'registered':
        return void this.#registered.push(`${frame.name} (line ${frame.line})`);
      case 'uncaught':
        return this.#failed(frame.run, decodeError(frame.error, this.#where(this.holds.find(frame.run))));
      case 'userError':
        return this.#reports.userError(decodeError(frame.error), frame.source);
      case 'warning':
        return this.#reports.warning(frame.module, frame.text);
      case 'child':
        this.holds.recall(); // the task may wait for its child
        return this.#children.handle(frame, this.holds.find(frame.run));
      case 'childCancel':
      case 'childPriority':
      case 'observed':
      case 'childProgressRead':
        return this.#children.handle(frame, null);
      case 'progress':
        return this.#progressed(frame);
      case 'lockAcquire':
      case 'lockRelease':
        return this.#locks.handle(frame);
      case 'returned':
        return this.#withHold(frame.run, ({ task }) => this.#reports.returned(task));
    }
  }

  /** Does something about a run, if it is still waited for. */
  #withHold(run: number, act: (hold: Hold) => void): void {
    const hold = this.holds.find(run);
    if (hold !== null) act(hold);
  }

  #tooOld(hold: Hold): void {
    this.#giveBack(hold, null);
    this.#events.tooOld(this);
  }

  #ended({ run, outcome, hasOutput }: Extract<FromMember, { type: 'ended' }>): void {
    this.outcomesRead = (this.outcomesRead + 1) | 0;
    if (hasOutput) {
      this.#flushing += 1;
      this.#reports.hold();
    }
    const hold = this.holds.find(run);
    if (hold === null) return;
    this.holds.took(hold, null);
    this.#finish(hold, decodeOutcome(outcome, this.#where(hold)));
  }

  #done(hold: Hold, ms: number, text: string): void {
    this.holds.took(hold, ms);
    this.#finish(hold, { kind: 'completed', value: text === '' ? undefined : fromExactText(text) });
  }

  #progressed({ run, values }: Extract<FromMember, { type: 'progress' }>): void {
    const hold = this.holds.find(run);
    if (hold === null) return;
    this.#reports.progressed(hold.task, (unpack(values) as unknown[])[0]);
    this.#channel.postUrgent({ type: 'progressRead', run });
  }

  /** An error that nobody caught: its task fails with it, and the thread ends. */
  #failed(run: number, error: Error): void {
    if (this.#state === 'retiring') return;
    const { current } = this.holds;
    const guilty = this.holds.find(run);
    if (guilty === null) this.#reports.lateError(error);
    const isAmongMany = guilty !== null && this.holds.holdsMany;
    if (isAmongMany) this.isSuspect = true; // the others there may finish
    if (guilty !== null && (isAmongMany || this.#state === 'lost')) this.#finish(guilty, { kind: 'failed', error });
    else if (current !== guilty || !this.kill(guilty?.task ?? null, { kind: 'failed', error })) this.#isSuspected();
  }

  /** It ends after the task that it has now. */
  #isSuspected(): void {
    this.isSuspect = true;
    this.holds.recall();
    if (this.holds.seat !== null) this.#post({ type: 'retire' });
  }

  #exited(exit: Exit): void {
    this.#exit = exit;
    const cause = this.#state === 'retiring' ? null : this.#cause();
    this.#move(this.#state === 'retiring' ? 'gone' : 'lost'); // first, so that nothing is handed to it any more
    this.readArrived();
    this.#channel.close();
    this.#locks.releaseAll();
    for (; this.#flushing > 0; this.#flushing -= 1) this.#reports.release();
    for (const { hold, fate } of this.holds.bury()) {
      if (fate === 'untouched') this.#giveBack(hold, null);
      else if (fate === 'handed') this.#giveBack(hold, lostError(this.#loss(hold)));
      else this.#finish(hold, { kind: 'failed', error: lostError(this.#loss(hold)) });
    }
    this.#events.gone(this, exit, cause);
    this.#setGone();
  }

  /** Why it has ended without being told to. */
  #cause(): Error {
    return this.#uncaught ?? lostError(this.#loss(this.holds.current));
  }

  /** The task has not begun, and is queued again if its arguments are still here. Null if that is no fault. */
  #giveBack(hold: Hold, fault: Error | null): void {
    this.#drop(hold);
    this.#events.givenBack(this, hold, fault);
    this.holds.release(hold);
  }

  /** The task is over. */
  #finish(hold: Hold, outcome: Outcome): void {
    const startedAt = this.holds.startOf(hold);
    this.#drop(hold);
    if (startedAt !== null) this.#reports.started(hold.task, startedAt);
    this.#events.ended(this, hold.task, outcome);
    this.holds.release(hold);
  }

  /** It is at the next one, if one was sent ahead, or has nothing to do. */
  #drop(hold: Hold): void {
    const next = this.holds.drop(hold);
    if (this.#state !== 'busy') return;
    if (next !== null) this.#reports.follows(next.task, hold.task);
    else if (this.holds.current === null) this.#move('idle');
  }

  #loss(hold: Hold | null): Loss {
    return { kind: this.#kind, id: this.id, task: hold?.task ?? null, exit: this.#exit, cause: this.#uncaught };
  }

  #where(hold: Hold | null): string {
    return `task ${hold?.task.name ?? 'that has ended'} (${this.#kind} ${this.id})`;
  }

  #move(to: MemberState): void {
    this.#state = move(MEMBER, this.#state, to);
  }
}
