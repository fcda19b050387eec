import { decodeProperty } from '../wire/errors.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';
import { encodeOutcome } from '../wire/outcome.ts';
import { orCloneError, unpack } from '../wire/values.ts';
import { TaskStatus } from '../core/lifecycle.ts';
import { aboutTask } from '../errors.ts';
import type { Outcome, TaskHandle, TaskWatcher } from '../task.ts';
import type { MemberKind } from './channel.ts';
import type { ExecutorEvents } from './executor.ts';
import type { Hold } from './holds.ts';

type ChildFrame = Extract<FromMember, { child: number }>;

/** The children of the tasks of one thread: the tasks here, copies of their handles there (runtime/children.ts). */
export class MemberChildren {
  readonly #kind: MemberKind['name'];
  readonly #reports: ExecutorEvents;
  readonly #post: (frame: ToMember) => void;
  readonly #tasks = new Map<number, TaskHandle>();

  constructor(kind: MemberKind['name'], reports: ExecutorEvents, post: (frame: ToMember) => void) {
    this.#kind = kind;
    this.#reports = reports;
    this.#post = post;
  }

  handle(frame: ChildFrame, hold: Hold | null): void {
    if (frame.type === 'child') {
      this.#start(frame, hold?.task ?? null);
      return;
    }
    const task = this.#tasks.get(frame.child);
    if (task === undefined) return;
    switch (frame.type) {
      case 'childCancel':
        task.cancel(decodeProperty(frame.reason));
        return;
      case 'childPriority':
        task.setPriority(frame.priority);
        return;
      case 'observed':
        task.isObserved = true;
        task.controller.observed(task, frame.waits);
        this.#forgetIfDone(frame.child, task);
    }
  }

  #start(frame: Extract<ChildFrame, { type: 'child' }>, parent: TaskHandle | null): void {
    const { child, idPrefix, sequence, address, spec } = frame;
    const watcher = this.#watcher(child);
    const args = unpack(frame.args) as readonly unknown[];
    const task = this.#reports.child({ parent, idPrefix, sequence, address, spec, args, watcher });
    this.#tasks.set(child, task);
    this.#forgetIfDone(child, task);
  }

  /** Nothing comes for a task that has ended, unless it has failed and its parent may still look at that. */
  #forgetIfDone(child: number, task: TaskHandle): void {
    if (task.isCompleted() && (task.isObserved || task.status !== TaskStatus.failed)) this.#tasks.delete(child);
  }

  #watcher(child: number): TaskWatcher {
    return {
      began: (task) => this.#post({ type: 'childStarted', child, time: task.timeStarted! }),
      ended: (task, outcome) => this.#ended(child, task, outcome),
    };
  }

  #ended(child: number, task: TaskHandle, outcome: Outcome): void {
    this.#forgetIfDone(child, task);
    const time = task.timeCompleted!;
    const send = (end: Outcome): void =>
      orCloneError('result', () =>
        this.#post({ type: 'childEnded', child, time, outcome: encodeOutcome(end, this.#kind) }),
      );
    try {
      send(outcome);
    } catch (error) {
      send({ kind: 'failed', error: aboutTask(error, task) });
    }
  }
}
