/** One member of a pool, as the pool sees it. The other end is pool/thread/serve.ts; wire/frames.ts has the frames. */
import type { MainFile } from '../../common/role.ts';
import { MEMBER, move, type MemberState } from '../../core/lifecycle.ts';
import type { ExecutorEvents, Exit } from '../../executors/executor.ts';
import { arrayPush, arrayShift, arraySome, each } from '../../platform/methods.ts';
import { Error, Promise } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import type { Outcome, TaskHandle } from '../../task/task.ts';
import { decodeError, encodeError } from '../../wire/errors.ts';
import type { FromMember, MemberFrame, ToMember } from '../../wire/frames.ts';
import { decodeOutcome, outcomeOfText } from '../../wire/outcome.ts';
import { orCloneError } from '../../wire/values.ts';
import type { Channel, MemberKind, MemberStart } from '../channels/channel.ts';
import { MemberLoads } from '../conversations/loading/pool-end.ts';
import { MemberOutput } from '../conversations/output/pool-end.ts';
import type { Assignment, Assignments } from './assignments.ts';
import { MemberEnd, type Decide } from './end.ts';
import { MemberKnowledge } from './knowledge.ts';
import type { MemberEvents, MemberLinks } from './links.ts';
import { faultOf } from './lost.ts';
import { isNews, MemberNews } from './news.ts';
import { postableArgs } from './postable-args.ts';

export class PoolMember {
  /** When the member last became idle, in monotonic milliseconds; the pool writes it. */
  idleSince = 0;
  /** Whether something went wrong in the member that was not its task's fault: it takes no further task. */
  isSuspect = false;
  /** How many outcomes have come as frames, and whether a frame is about to be handled. */
  outcomesRead = 0;
  isHandling = false;
  /** Resolves when the member has exited. */
  readonly whenGone: Promise<void>;
  #setGone = (): void => {};
  readonly #kind: MemberKind['name'];
  #state: MemberState = 'starting';
  readonly assignments: Assignments;
  readonly #endOf: MemberEnd;
  readonly loading: MemberLoads;
  readonly #output: MemberOutput;
  readonly knowledge: MemberKnowledge;
  /** Callbacks that wait for the next `answer` frames, in their order. */
  readonly #asked: (() => void)[] = [];
  readonly #channel: Channel;
  readonly #news: MemberNews;
  readonly #events: MemberEvents<PoolMember>;
  readonly #reports: ExecutorEvents;

  constructor(
    kind: MemberKind,
    start: MemberStart,
    { assignments, ...events }: MemberLinks<PoolMember>,
    reports: ExecutorEvents,
  ) {
    this.#kind = kind.name;
    this.#endOf = new MemberEnd(kind.name);
    this.assignments = assignments;
    this.knowledge = new MemberKnowledge(start);
    this.#events = events;
    this.#reports = reports;
    this.#output = new MemberOutput(reports);
    this.whenGone = new Promise((resolve) => (this.#setGone = resolve));
    const channel = (): Channel => this.#channel;
    this.#news = new MemberNews({ kind: kind.name, assignments, reports, channel, post: (frame) => this.#post(frame) });
    this.loading = new MemberLoads({
      loads: (run, waits) => this.#withAssignment(run, ({ task }) => events.loads(this, task, waits)),
      failed: (module) => (events.loadFailed(module) ? this.#isSuspected() : this.#post({ type: 'goOn' })),
      turn: (turn) => events.loadTurn(this, turn),
    });
    this.#channel = kind.open(start, {
      frame: (frame) => this.#handle(frame),
      together: (report) => reports.together(report),
      failed: (error) => this.#endOf.blame(error),
      exited: (exit) => this.#exited(exit),
    });
  }

  get id(): number {
    return this.#channel.id;
  }

  get isGone(): boolean {
    return this.#state === 'gone' || this.#state === 'lost';
  }

  get state(): MemberState {
    return this.#state;
  }

  get task(): TaskHandle | null {
    return this.assignments.current?.task ?? null;
  }

  /** Sends a task to the member. @throws CloneError if the arguments turn out to be uncloneable only now. */
  run(task: TaskHandle, main: MainFile): void {
    const assignment = this.assignments.add(task);
    try {
      const { transfer } = postableArgs(task); // undefined for a text
      const frame = this.knowledge.runFrame(task, assignment.number, main);
      orCloneError('args', () => this.#post(frame, transfer));
      this.knowledge.name(task.target.address!, frame.definition);
    } catch (error) {
      this.assignments.drop(assignment);
      this.assignments.release?.(assignment);
      if (this.assignments.access !== null) this.#post({ type: 'drop', run: assignment.number });
      throw error;
    }
    if (this.#state === 'idle' && this.assignments.access === null && !this.assignments.holdsMany) this.#move('busy');
  }

  define(definition: number, address: Address, main: MainFile): void {
    this.knowledge.name(address, definition);
    this.#post({ type: 'define', definition, address, mainLastOrdinal: main.lastOrdinal });
  }

  /** Sends the member what it may use later. */
  prepare(frame: Extract<ToMember, { type: 'prefetch' | 'chunk' | 'offer' }>): void {
    this.#channel.post(frame, []);
  }

  /** Takes back prefetched tasks that have not begun. */
  takeBack(first: Assignment, last: Assignment): void {
    this.#channel.postUrgent({ type: 'takeBack', first: first.number, last: last.number, reason: null });
  }

  /** Asks a task to stop; a prefetched one is taken back, or stopped if it has begun by now. */
  stop(task: TaskHandle, error: Error): void {
    const assignment = this.assignments.of(task);
    if (assignment === null) return;
    const { number: run } = assignment;
    const reason = encodeError(error);
    const isPrefetched = this.#state === 'busy' && assignment !== this.assignments.current;
    if (isPrefetched) this.#channel.postUrgent({ type: 'takeBack', first: run, last: run, reason });
    else this.#channel.postUrgent({ type: 'stop', run, reason });
    this.assignments.wake?.();
  }

  /**
   * Prevents a task from beginning; reports the start of a task that has begun. Returns whether the task will not
   * begin; null if that is not known yet: only later frames of the member, or its exit, tell.
   */
  revoke(task: TaskHandle): boolean | null {
    const assignment = this.assignments.of(task);
    const isRevoked = assignment === null || this.assignments.revoke(assignment, this.#channel);
    if (isRevoked !== false) return isRevoked === null && task.timeStarted !== null ? false : isRevoked;
    this.readArrived(); // a frame may tell when it began
    this.#reports.started(task, this.assignments.startOf?.(assignment!) ?? null);
    return false;
  }

  /**
   * Ends the member, whatever it does. `task` is the task to end, with this outcome, perhaps only when the member has
   * exited; null: the member must have none. False if the member is at another task by now, which must not be harmed.
   */
  kill(task: TaskHandle | null, outcome: Outcome): boolean {
    if (this.isGone) return true;
    const { current } = this.assignments;
    const isAtIt = (current?.task ?? null) === task;
    if (this.#state !== 'retiring') {
      if (!isAtIt || this.assignments.close?.(current) === false) return this.#killLater(task, outcome);
      this.#move('retiring'); // first, so that the member gets no task meanwhile
    } else if (task !== null && !isAtIt) return true; // the exit of the member tells
    this.#end(current, (assignment) => this.#finish(assignment, outcome));
    return true;
  }

  /** The task is not the current one: it may wait in the member, begin at this moment, or have ended. */
  #killLater(task: TaskHandle | null, outcome: Outcome): boolean {
    const isRevoked = task === null || this.revoke(task);
    this.readArrived();
    if (isRevoked === false && this.task === task) return this.kill(task, outcome);
    return isRevoked === null;
  }

  /** Ends a member that does not begin its task, which may run elsewhere. False if other tasks run beside it. */
  giveUp(): boolean {
    if (this.assignments.holdsMany && arraySome(this.assignments.bury(), ({ fate }) => fate === 'begun')) return false;
    if (this.assignments.holdsMany) return this.lose(new Error('its event loop stood still'));
    const { current } = this.assignments;
    if ((current !== null && this.revoke(current.task) === false) || this.assignments.close?.(current) === false)
      return true;
    this.#move('retiring');
    const fault = this.#lost(this.task);
    this.#end(current, (assignment, hasBegun) => {
      if (hasBegun) this.#finish(assignment, { kind: 'failed', error: fault });
      else this.#giveBack(assignment, fault);
    });
    return true;
  }

  /** Ends the member and decides about its current run; at the exit if only that tells whether the run had begun. */
  #end(current: Assignment | null, decide: Decide): void {
    const isRevoked = current === null || this.revoke(current.task);
    this.readArrived();
    const left = this.assignments.current;
    if (left !== null && isRevoked === null) this.#endOf.defer(left, decide);
    else if (left !== null) decide(left, !isRevoked);
    this.#channel.terminate();
  }

  /** Ends one of many tasks of the member; what still comes from the task is ignored. */
  drop(task: TaskHandle, outcome: Outcome): void {
    const assignment = this.assignments.of(task);
    if (assignment === null) return;
    if (outcome.kind === 'failed') this.stop(task, outcome.error as Error); // so that the task does not begin
    this.#finish(assignment, outcome);
  }

  /** Ends the member, whatever it does, and all its tasks with it. */
  lose(cause: Error): true {
    if (this.#state === 'retiring' || this.isGone) return true;
    this.#endOf.blame(cause);
    this.#move('retiring');
    this.#channel.terminate();
    return true;
  }

  mayLoad(): void {
    this.#post({ type: 'mayLoad' });
  }

  /** Calls back when the event loop of the member has got round to an answer. */
  ask(answered: () => void): void {
    arrayPush(this.#asked, answered);
    this.#post({ type: 'ask' });
  }

  /** Lets the member end by itself, with the `exit` handlers of the user's modules. It must hold no task. */
  retire(): void {
    this.#move('retiring');
    this.#post({ type: 'retire' });
  }

  readFrames(): void {
    this.#channel.readArrived();
  }

  readArrived(): void {
    this.readFrames();
    this.assignments.readArrived?.();
  }

  /** The member has left a result in the run queue, and has not sent it. */
  arrived(assignment: Assignment, startedAt: number, outcome: Outcome): void {
    this.#reports.started(assignment.task, startedAt); // unless the start was reported already
    this.#events.ended(this, assignment.task, outcome);
    this.assignments.release?.(assignment);
  }

  #post(frame: ToMember, transfer: readonly ArrayBuffer[] = []): void {
    this.#channel.post(frame, transfer);
    this.assignments.wake?.();
  }

  #handle(frame: MemberFrame): void {
    this.isHandling = true;
    this.assignments.readArrived?.(); // those results came before the frame
    this.isHandling = false;
    if (isNews(frame)) return this.#news.handle(frame);
    switch (frame.type) {
      case 'broken':
      case 'heapFull':
        this.#endOf.blame(faultOf(frame, this.#kind));
        return this.#channel.terminate();
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#move('idle');
        return this.#events.ready(this);
      case 'answer':
        return arrayShift(this.#asked)?.();
      case 'fetch':
        return this.#withAssignment(frame.run, (assignment) => this.#events.fetches(this, assignment.task));
      case 'tooOld':
        return this.#withAssignment(frame.run, (assignment) => {
          this.#giveBack(assignment, null);
          this.#events.tooOld(this);
        });
      case 'started':
        return this.#withAssignment(frame.run, ({ task }) => this.#reports.started(task, frame.at));
      case 'ended':
        return this.#ended(frame);
      case 'done':
        return this.#withAssignment(frame.run, (assignment) => this.#done(assignment, frame.ms, frame.text));
      case 'givenBack':
        return this.#withAssignment(frame.run, (assignment) => this.#giveBack(assignment, null));
      case 'flushed':
        return this.#output.flushed();
      case 'loading':
      case 'registered':
      case 'loadFailed':
      case 'awaitsLoad':
      case 'loaded':
        return this.loading.handle(frame);
      case 'uncaught':
        return this.#failed(frame.run, decodeError(frame.error, this.#where(this.assignments.find(frame.run))));
    }
  }

  #withAssignment(run: number, act: (assignment: Assignment) => void): void {
    const assignment = this.assignments.find(run);
    if (assignment !== null) act(assignment);
  }

  #ended({ run, outcome, hasOutput, mayRunElsewhere }: Extract<FromMember, { type: 'ended' }>): void {
    this.outcomesRead = (this.outcomesRead + 1) | 0;
    if (hasOutput) this.#output.hold();
    const assignment = this.assignments.find(run);
    if (assignment === null) return;
    this.assignments.took?.(assignment, null);
    const decoded = decodeOutcome(outcome, this.#where(assignment));
    if (mayRunElsewhere && decoded.kind === 'failed') this.#giveBack(assignment, decoded.error as Error);
    else this.#finish(assignment, decoded);
  }

  #done(assignment: Assignment, ms: number, text: string): void {
    this.assignments.took?.(assignment, ms);
    const outcome = outcomeOfText(text);
    if (outcome.kind === 'failed') this.lose(outcome.error as Error); // nothing else from it can be trusted
    this.#finish(assignment, outcome);
  }

  /** An error that nobody caught: its task fails with it, and the member ends. */
  #failed(run: number, error: Error): void {
    if (this.#state === 'retiring') return;
    const { current } = this.assignments;
    const guilty = this.assignments.find(run);
    if (guilty === null) this.#reports.lateError(error);
    const isAmongMany = guilty !== null && this.assignments.holdsMany;
    if (isAmongMany) this.isSuspect = true; // its other tasks may finish
    if (guilty !== null && (isAmongMany || this.#state === 'lost')) this.#finish(guilty, { kind: 'failed', error });
    else if (current !== guilty || !this.kill(guilty?.task ?? null, { kind: 'failed', error })) this.#isSuspected();
  }

  /** The member ends after its current task. */
  #isSuspected(): void {
    this.isSuspect = true;
    this.assignments.takeBack?.();
    if (this.assignments.access !== null) this.#post({ type: 'retire' });
  }

  #exited(exit: Exit): void {
    this.#endOf.exited(exit);
    const isRetired = this.#state === 'retiring';
    this.#move(isRetired ? 'gone' : 'lost'); // first, so that the member gets no more tasks
    this.readArrived(); // the last frames may say why the member has ended
    const cause = isRetired ? null : (this.#endOf.cause ?? this.#lost(this.task));
    this.#channel.close();
    this.#news.close();
    this.#output.close();
    for (const { assignment, fate } of each(this.assignments.bury())) {
      if (this.#endOf.decide(assignment, fate === 'begun')) continue;
      if (fate === 'begun') this.#finish(assignment, { kind: 'failed', error: this.#lost(assignment.task) });
      else this.#giveBack(assignment, fate === 'handed' ? this.#lost(assignment.task) : null);
    }
    this.#events.gone(this, exit, cause);
    this.#setGone();
  }

  /** The task has not begun; it is queued again if its arguments are still here. `fault` is null if there was none. */
  #giveBack(assignment: Assignment, fault: Error | null): void {
    this.assignments.giveBack?.(assignment);
    this.#drop(assignment);
    this.#events.givenBack(this, assignment, fault);
    this.assignments.release?.(assignment);
  }

  /** The task has ended. */
  #finish(assignment: Assignment, outcome: Outcome): void {
    const startedAt = this.assignments.startOf?.(assignment) ?? null;
    this.#drop(assignment);
    if (startedAt !== null) this.#reports.started(assignment.task, startedAt);
    this.#events.ended(this, assignment.task, outcome);
    this.assignments.release?.(assignment);
  }

  /** Forgets a run: the member is at the next prefetched run, or becomes idle. */
  #drop(assignment: Assignment): void {
    const next = this.assignments.drop(assignment);
    if (this.#state !== 'busy') return;
    if (next !== null) this.#reports.follows(next.task, assignment.task);
    else if (this.assignments.current === null) this.#move('idle');
  }

  #lost(task: TaskHandle | null): Error {
    return this.#endOf.lost(this.id, task);
  }

  #where(assignment: Assignment | null): string {
    return `task ${assignment?.task.name ?? 'that has ended'} (${this.#kind} ${this.id})`;
  }

  #move(to: MemberState): void {
    this.#state = move(MEMBER, this.#state, to);
  }
}
