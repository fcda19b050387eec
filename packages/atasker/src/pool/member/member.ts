/** One member of a pool, as the pool sees it. The other end is pool/thread/serve.ts; pool/frames/ has the frames. */
import { MEMBER, move, type MemberState } from '../../core/lifecycle.ts';
import type { ExecutorEvents, Exit } from '../../executors/executor.ts';
import { arrayPush, arrayShift, arraySome, each } from '../../platform/methods.ts';
import { Error, Promise } from '../../platform/primordials.ts';
import type { Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';
import { decodeError } from '../../wire/errors.ts';
import type { Channel, MemberKind, MemberStart } from '../channels/channel.ts';
import { ChildrenPoolEnd } from '../conversations/children/pool-end.ts';
import { MemberLoads } from '../conversations/loading/pool-end.ts';
import { LocksPoolEnd } from '../conversations/locks/pool-end.ts';
import { MemberOutput } from '../conversations/output/pool-end.ts';
import type { Assignment, Assignments } from '../conversations/run/assignments.ts';
import { RunsPoolEnd, type RunsOwner } from '../conversations/run/pool-end.ts';
import type { MemberFrame, ToMember } from '../frames/frames.ts';
import { MemberEnd, type Decide } from './end.ts';
import { faultOf } from './lost.ts';
import type { MemberOwner } from './owner.ts';

export class PoolMember {
  #idleSince = 0;
  #isSuspect = false;
  #isReadingResults = false;
  /** Resolves when the member has exited. */
  readonly whenGone: Promise<void>;
  #setGone = (): void => {};
  readonly #kind: MemberKind['name'];
  #state: MemberState = 'starting';
  readonly assignments: Assignments;
  readonly #endOf: MemberEnd;
  readonly runs: RunsPoolEnd;
  readonly loading: MemberLoads;
  readonly #output: MemberOutput;
  /** Callbacks that wait for the next `answer` frames, in their order. */
  readonly #asked: (() => void)[] = [];
  readonly #channel: Channel;
  readonly #children: ChildrenPoolEnd;
  readonly #locks: LocksPoolEnd;
  readonly #owner: MemberOwner<PoolMember>;
  readonly #reports: ExecutorEvents;

  constructor(kind: MemberKind, start: MemberStart, owner: MemberOwner<PoolMember>, reports: ExecutorEvents) {
    this.#kind = kind.name;
    this.#endOf = new MemberEnd(kind.name);
    this.assignments = owner.assignments;
    this.#owner = owner;
    this.#reports = reports;
    this.#output = new MemberOutput(reports);
    this.whenGone = new Promise((resolve) => (this.#setGone = resolve));
    this.runs = new RunsPoolEnd(start, this.#runsOwner());
    this.#children = new ChildrenPoolEnd(kind.name, reports, (frame) => this.#post(frame));
    this.#locks = new LocksPoolEnd(reports.locks, () => this.#channel);
    this.loading = new MemberLoads({
      post: (frame) => this.#post(frame),
      loads: (run, waits) => {
        const assignment = this.assignments.find(run);
        if (assignment === null) return;
        if (!waits) this.runs.loads(run);
        owner.loads(this, assignment.task, waits);
      },
      endsAfter: (module) => owner.loadFailed(module) && this.#endsNext(),
      turn: (turn) => owner.loadTurn(this, turn),
      warning: (module, text) => reports.warning(module, text),
    });
    this.#channel = kind.open(start, {
      frame: (frame) => this.#handle(frame),
      together: (report) => reports.together(report),
      failed: (error) => this.#endOf.blame(error),
      exited: (exit) => this.#exited(exit),
    });
  }

  #runsOwner(): RunsOwner {
    const owner = this.#owner;
    return {
      assignments: this.assignments,
      reports: this.#reports,
      channel: () => this.#channel,
      post: (frame) => this.#post(frame),
      state: () => this.#state,
      taken: () => this.#takes(),
      readArrived: () => this.readArrived(),
      where: (assignment) => this.#where(assignment),
      fetches: (task) => owner.fetches(this, task),
      tooOld: () => owner.tooOld(this),
      hasOutput: () => this.#output.hold(),
      mistrust: (error) => void this.lose(error),
      left: (assignment, next) => this.#left(assignment, next),
      ended: (task, outcome) => owner.ended(this, task, outcome),
      givenBack: (assignment, fault) => owner.givenBack(this, assignment, fault),
    };
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

  /** When the member last became idle, in monotonic milliseconds. */
  get idleSince(): number {
    return this.#idleSince;
  }

  /** The member has nothing to do from this time on. */
  rests(now: number): void {
    this.#idleSince = now;
  }

  /** Whether the member takes no further task, because something went wrong in it that was not its task's fault. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** The member takes no further task, and may finish those that it has. */
  suspect(): void {
    this.#isSuspect = true;
  }

  /** Whether the member reads the results in the run queue because a frame has come that was sent after them. */
  get isReadingResults(): boolean {
    return this.#isReadingResults;
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
    this.#end(current, (assignment) => this.runs.finish(assignment, outcome));
    return true;
  }

  /** The task is not the current one: it may wait in the member, begin at this moment, or have ended. */
  #killLater(task: TaskHandle | null, outcome: Outcome): boolean {
    const isRevoked = task === null || this.runs.revoke(task);
    this.readArrived();
    if (isRevoked === false && this.task === task) return this.kill(task, outcome);
    return isRevoked === null;
  }

  /** Ends a member that does not begin its task, which may run elsewhere. False if other tasks run beside it. */
  giveUp(): boolean {
    if (this.#state === 'retiring' || this.isGone) return true; // its exit tells what becomes of the task
    if (this.assignments.holdsMany && arraySome(this.assignments.bury(), ({ fate }) => fate === 'begun')) return false;
    if (this.assignments.holdsMany) return this.lose(new Error('its event loop was blocked'));
    const { current } = this.assignments;
    if ((current !== null && this.runs.revoke(current.task) === false) || this.assignments.close?.(current) === false)
      return true;
    this.#move('retiring');
    const fault = this.#lost(this.task);
    this.#end(current, (assignment, hasBegun) => {
      if (hasBegun) this.runs.finish(assignment, { kind: 'failed', error: fault });
      else this.runs.giveBack(assignment, this.runs.faultBefore(assignment, fault));
    });
    return true;
  }

  /** Ends the member and decides about its current run; at the exit if only that tells whether the run had begun. */
  #end(current: Assignment | null, decide: Decide): void {
    const isRevoked = current === null || this.runs.revoke(current.task);
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
    if (outcome.kind === 'failed') this.runs.stop(task, outcome.error as Error); // so that the task does not begin
    this.runs.finish(assignment, outcome);
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

  #post(frame: ToMember): void {
    this.#channel.post(frame);
    this.assignments.wake?.();
  }

  #handle(frame: MemberFrame): void {
    this.#isReadingResults = true;
    this.assignments.readArrived?.(); // those results came before the frame
    this.#isReadingResults = false;
    switch (frame.type) {
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#move('idle');
        return this.#owner.ready(this);
      case 'answer':
        return arrayShift(this.#asked)?.();
      case 'broken':
      case 'heapFull':
        this.#endOf.blame(faultOf(frame, this.#kind));
        return this.#channel.terminate();
      case 'userError':
        return this.#reports.userError(decodeError(frame.error), frame.source);
      case 'started':
      case 'ended':
      case 'done':
      case 'givenBack':
      case 'fetch':
      case 'tooOld':
      case 'returned':
      case 'progress':
        return this.runs.handle(frame);
      case 'uncaught':
        return this.#failed(frame.run, decodeError(frame.error, this.#where(this.assignments.find(frame.run))));
      case 'child':
        this.assignments.takeBack?.(); // the task may wait for its child
        return this.#children.handle(frame, this.assignments.find(frame.run)?.task ?? null);
      case 'childCancel':
      case 'childPriority':
      case 'observed':
      case 'childProgressRead':
        return this.#children.handle(frame, null);
      case 'lockAcquire':
      case 'lockRelease':
        return this.#locks.handle(frame);
      case 'loading':
      case 'registered':
      case 'loadFailed':
      case 'awaitsLoad':
      case 'loaded':
      case 'warning':
        return this.loading.handle(frame);
      case 'flushed':
        return this.#output.flushed();
    }
  }

  /** An error that nobody caught: its task fails with it, and the member ends. */
  #failed(run: number, error: Error): void {
    if (this.#state === 'retiring') return;
    const { current } = this.assignments;
    const guilty = this.assignments.find(run);
    if (guilty === null) this.#reports.lateError(error);
    const isAmongMany = guilty !== null && this.assignments.holdsMany;
    if (isAmongMany) this.suspect(); // its other tasks may finish
    if (guilty !== null && (isAmongMany || this.#state === 'lost')) this.runs.finish(guilty, { kind: 'failed', error });
    else if (current !== guilty || !this.kill(guilty?.task ?? null, { kind: 'failed', error })) this.#endsNext();
  }

  /** The member ends after its current task. */
  #endsNext(): true {
    this.suspect();
    this.assignments.takeBack?.();
    if (this.assignments.access !== null) this.#post({ type: 'retire' });
    return true;
  }

  #exited(exit: Exit): void {
    this.#endOf.exited(exit);
    const isRetired = this.#state === 'retiring';
    this.#move(isRetired ? 'gone' : 'lost'); // first, so that the member gets no more tasks
    this.readArrived(); // the last frames may say why the member has ended
    const cause = isRetired ? null : (this.#endOf.cause ?? this.#lost(this.task));
    this.#channel.close();
    this.#locks.releaseAll();
    this.#output.close();
    for (const { assignment, fate } of each(this.assignments.bury())) {
      if (this.#endOf.decide(assignment, fate === 'begun')) continue;
      if (fate === 'begun') this.runs.finish(assignment, { kind: 'failed', error: this.#lost(assignment.task) });
      else if (fate === 'untouched') this.runs.giveBack(assignment, null);
      else this.runs.giveBack(assignment, this.runs.faultBefore(assignment, this.#lost(assignment.task)));
    }
    this.#owner.gone(this, exit, cause);
    this.#setGone();
  }

  /** A task has been sent to the member. */
  #takes(): void {
    if (this.#state === 'idle' && this.assignments.access === null && !this.assignments.holdsMany) this.#move('busy');
  }

  /**
   * A run is over: the member is at the next prefetched run, or becomes idle. A process that is being ended may be at the
   * next run, too, until it has exited.
   */
  #left({ task }: Assignment, next: Assignment | null): void {
    if (this.#state !== 'busy' && this.#state !== 'retiring') return;
    if (next !== null) this.#reports.follows(next.task, task);
    else if (this.#state === 'busy' && this.assignments.current === null) this.#move('idle');
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
