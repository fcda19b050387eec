import type { MainFile } from '../../../common/role.ts';
import type { MemberState } from '../../../core/lifecycle.ts';
import type { ExecutorEvents, Fault } from '../../../executors/executor.ts';
import { Set } from '../../../platform/primordials.ts';
import type { Address } from '../../../task/call.ts';
import type { Outcome } from '../../../task/outcome.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { encodeError } from '../../../wire/errors.ts';
import { decodeOutcome, outcomeOfBytes, outcomeOfText } from '../../../wire/outcome.ts';
import { orCloneError, unpack } from '../../../wire/values.ts';
import type { Channel, MemberStart } from '../../channels/channel.ts';
import type { QueueFromMember, QueueToMember } from '../../frames/queue.ts';
import type { EndedFrame, PrefetchFrame, ProgressFrame, RunFromMember, RunToMember } from '../../frames/run.ts';
import type { Assignment, Assignments } from './assignments.ts';
import { MemberKnowledge, postableArgs } from './knowledge.ts';

/** What the runs of a member need from it. */
export interface RunsOwner {
  readonly assignments: Assignments;
  readonly reports: ExecutorEvents;
  channel(): Channel;
  /** Posts a frame, and wakes the member. */
  post(frame: RunToMember | QueueToMember): void;
  state(): MemberState;
  /** A task has been sent to the member. */
  taken(): void;
  /** Reads what the member has sent or left. */
  readArrived(): void;
  /** Where a run takes place, for the stack of its error. */
  where(assignment: Assignment | null): string;
  /** The member has taken a task whose arguments the pool has to send. */
  fetches(task: TaskHandle): void;
  /** The member has evaluated too little of the main file for the tasks that come now. */
  tooOld(): void;
  /** Output of a task is on its way to the program. */
  hasOutput(): void;
  /** The member has sent what it never sends: nothing else from it can be trusted. */
  mistrust(error: Error): void;
  /** A run is over. `next` is the prefetched run that the member is at now, or null. */
  left(assignment: Assignment, next: Assignment | null): void;
  ended(task: TaskHandle, outcome: Outcome): void;
  /** The task had not begun. `fault` says what became of the member, if that may be the reason; else null. */
  givenBack(assignment: Assignment, fault: Fault | null): void;
}

/** The frames of a member about its runs, except that an error was caught by nobody. */
export type RunNews = Exclude<RunFromMember, { readonly type: 'uncaught' }> | QueueFromMember;

/** The runs of one member, as the pool sees them; thread-end.ts has one run as the member sees it. */
export class RunsPoolEnd {
  readonly knowledge: MemberKnowledge;
  readonly #owner: RunsOwner;
  readonly #assignments: Assignments;
  readonly #reports: ExecutorEvents;
  #outcomesRead = 0;
  /** The modules that the member loaded ahead of its first task. */
  readonly preloaded: readonly string[];
  #hasRun = false;
  /** The runs whose module the member loads. */
  readonly #loading = new Set<number>();

  constructor(start: MemberStart, owner: RunsOwner) {
    this.knowledge = new MemberKnowledge(start);
    this.preloaded = start.boot.preload;
    this.#owner = owner;
    this.#assignments = owner.assignments;
    this.#reports = owner.reports;
  }

  /** How many outcomes have come as frames, as a 32-bit integer that wraps. */
  get outcomesRead(): number {
    return this.#outcomesRead;
  }

  /** Whether a run has begun in the member, or its module could not be loaded there. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** Sends a task to the member. @throws CloneError if the arguments turn out to be uncloneable only now. */
  send(task: TaskHandle, main: MainFile): void {
    const assignment = this.#assignments.add(task);
    try {
      const args = postableArgs(task);
      const frame = this.knowledge.runFrame(task, args, assignment.number, main);
      orCloneError('args', () => this.#owner.post(frame));
      this.knowledge.name(task.target.address!, frame.definition);
    } catch (error) {
      this.#assignments.drop(assignment);
      this.#assignments.release?.(assignment);
      if (this.#assignments.access !== null) this.#owner.post({ type: 'drop', run: assignment.number });
      throw error;
    }
    this.#owner.taken();
  }

  define(definition: number, address: Address, main: MainFile): void {
    this.knowledge.name(address, definition);
    this.#owner.post({ type: 'define', definition, address, mainLastOrdinal: main.lastOrdinal });
  }

  /** Sends the member what it may use later, and does not wake it. */
  prepare(frame: PrefetchFrame | QueueToMember): void {
    this.#owner.channel().post(frame);
  }

  /** Takes back prefetched tasks that have not begun. */
  takeBack(first: Assignment, last: Assignment): void {
    const frame = { type: 'takeBack', first: first.number, last: last.number, reason: null } as const;
    this.#owner.channel().postUrgent(frame);
  }

  /** Asks a task to stop; a prefetched one is taken back, or stopped if it has begun by now. */
  stop(task: TaskHandle, error: Error): void {
    const assignment = this.#assignments.of(task);
    if (assignment === null) return;
    const { number: run } = assignment;
    const reason = encodeError(error);
    const isPrefetched = this.#owner.state() === 'busy' && assignment !== this.#assignments.current;
    const channel = this.#owner.channel();
    if (isPrefetched) channel.postUrgent({ type: 'takeBack', first: run, last: run, reason });
    else channel.postUrgent({ type: 'stop', run, reason });
    this.#assignments.wake?.();
  }

  /**
   * Prevents a task from beginning; reports the start of a task that has begun. Returns whether the task will not
   * begin; null if that is not known yet: only later frames of the member, or its exit, tell.
   */
  revoke(task: TaskHandle): boolean | null {
    const assignment = this.#assignments.of(task);
    const isRevoked = assignment === null || this.#assignments.revoke(assignment, this.#owner.channel());
    if (isRevoked !== false) return isRevoked === null && task.timeStarted !== null ? false : isRevoked;
    this.#owner.readArrived(); // a frame may tell when it began
    this.#reports.started(task, this.#assignments.startOf?.(assignment!) ?? null);
    return false;
  }

  /** The member loads the module of this run. */
  loads(run: number): void {
    this.#loading.add(run);
  }

  /**
   * A fault of the member before a run began. The task may be the reason if its module was being loaded, or if nothing
   * else has run in the member that could be.
   */
  faultBefore({ number }: Assignment, error: Error): Fault {
    return { error, mayBeTask: this.#loading.has(number) || (!this.#hasRun && this.preloaded.length === 0) };
  }

  handle(frame: RunNews): void {
    if (frame.type === 'ended') return this.#ended(frame); // also if nobody waits for the outcome any more
    const assignment = this.#assignments.find(frame.run);
    if (assignment === null) return;
    switch (frame.type) {
      case 'started':
        this.#hasRun = true;
        return this.#reports.started(assignment.task, frame.at);
      case 'done':
        return this.#done(assignment, frame.ms, frame.result);
      case 'returned':
        return this.#reports.returned(assignment.task);
      case 'progress':
        return this.#progressed(assignment.task, frame);
      case 'givenBack':
        return this.giveBack(assignment, null);
      case 'fetch':
        return this.#owner.fetches(assignment.task);
      case 'tooOld':
        this.giveBack(assignment, null);
        return this.#owner.tooOld();
    }
  }

  /** The member has left a result in the run queue, and has not sent it. */
  arrived(assignment: Assignment, startedAt: number, outcome: Outcome): void {
    this.#hasRun = true;
    this.#reports.started(assignment.task, startedAt); // unless the start was reported already
    this.#owner.ended(assignment.task, outcome);
    this.#assignments.release?.(assignment);
  }

  /** The task has ended. */
  finish(assignment: Assignment, outcome: Outcome): void {
    this.#hasRun = true;
    const startedAt = this.#assignments.startOf?.(assignment) ?? null;
    this.#drop(assignment);
    if (startedAt !== null) this.#reports.started(assignment.task, startedAt);
    this.#owner.ended(assignment.task, outcome);
    this.#assignments.release?.(assignment);
  }

  /** The task has not begun; it is queued again if its arguments are still here. `fault` is null if there was none. */
  giveBack(assignment: Assignment, fault: Fault | null): void {
    this.#assignments.giveBack?.(assignment);
    this.#drop(assignment);
    this.#owner.givenBack(assignment, fault);
    this.#assignments.release?.(assignment);
  }

  #drop(assignment: Assignment): void {
    this.#loading.delete(assignment.number);
    this.#owner.left(assignment, this.#assignments.drop(assignment));
  }

  #ended({ run, outcome, hasOutput, mayRunElsewhere, ms }: EndedFrame): void {
    this.#outcomesRead = (this.#outcomesRead + 1) | 0;
    if (hasOutput) this.#owner.hasOutput();
    const assignment = this.#assignments.find(run);
    if (assignment === null) return;
    this.#assignments.took?.(assignment, ms);
    const decoded = decodeOutcome(outcome, this.#owner.where(assignment));
    if (mayRunElsewhere && decoded.kind === 'failed')
      this.giveBack(assignment, { error: decoded.error as Error, mayBeTask: true });
    else this.finish(assignment, decoded);
  }

  #done(assignment: Assignment, ms: number, result: string | Uint8Array): void {
    this.#assignments.took?.(assignment, ms);
    const outcome = typeof result === 'string' ? outcomeOfText(result) : outcomeOfBytes(result);
    if (outcome.kind === 'failed') this.#owner.mistrust(outcome.error as Error);
    this.finish(assignment, outcome);
  }

  #progressed(task: TaskHandle, { run, values }: ProgressFrame): void {
    this.#reports.progressed(task, (unpack(values) as unknown[])[0]);
    this.#owner.channel().postUrgent({ type: 'progressRead', run });
  }
}
