import { aboutTask } from '../../../common/errors.ts';
import { TaskStatus } from '../../../core/lifecycle.ts';
import type { ExecutorEvents } from '../../../executors/executor.ts';
import { Map } from '../../../platform/primordials.ts';
import type { Outcome } from '../../../task/outcome.ts';
import { LatestValue } from '../../../task/progress.ts';
import type { TaskHandle, TaskWatcher } from '../../../task/task.ts';
import { decodeProperty } from '../../../wire/errors.ts';
import type { WireValue } from '../../../wire/marks.ts';
import { encodeOutcome } from '../../../wire/outcome.ts';
import { orCloneError, packProgress, unpack, wireOf } from '../../../wire/values.ts';
import type { MemberKind } from '../../channels/channel.ts';
import type { ChildFrame, ChildrenFromMember, ChildrenToMember } from '../../frames/children.ts';

/**
 * The children of the tasks of one member: the tasks are here, copies of their handles in the member
 * (pool/conversations/children/thread-end.ts).
 */
export class ChildrenPoolEnd {
  readonly #kind: MemberKind['name'];
  readonly #reports: ExecutorEvents;
  readonly #post: (frame: ChildrenToMember) => void;
  readonly #tasks = new Map<number, TaskHandle>();
  /** The latest progress of each child that has told any. */
  readonly #progress = new Map<number, LatestValue<WireValue>>();

  constructor(kind: MemberKind['name'], reports: ExecutorEvents, post: (frame: ChildrenToMember) => void) {
    this.#kind = kind;
    this.#reports = reports;
    this.#post = post;
  }

  handle(frame: ChildrenFromMember, parent: TaskHandle | null): void {
    if (frame.type === 'child') {
      this.#start(frame, parent);
      return;
    }
    if (frame.type === 'childProgressRead') return this.#progress.get(frame.child)?.arrived();
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

  #start(frame: ChildFrame, parent: TaskHandle | null): void {
    const { child, idPrefix, sequence, address, spec } = frame;
    const watcher = this.#watcher(child);
    const args = unpack(frame.args) as readonly unknown[];
    const task = this.#reports.child({ parent, idPrefix, sequence, address, spec, args, watcher });
    this.#tasks.set(child, task);
    this.#forgetIfDone(child, task);
  }

  /**
   * Forgets a task that has ended: no frame comes for it any more, unless it has failed and its parent may still look
   * at that.
   */
  #forgetIfDone(child: number, task: TaskHandle): void {
    if (task.isCompleted() && (task.isObserved || task.status !== TaskStatus.failed)) this.#tasks.delete(child);
  }

  #watcher(child: number): TaskWatcher {
    return {
      began: (task) => this.#post({ type: 'childStarted', child, time: task.timeStarted! }),
      progressed: (task, value) => this.#progressed(child, task, value),
      ended: (task, outcome) => this.#ended(child, task, outcome),
    };
  }

  #progressed(child: number, task: TaskHandle, value: unknown): void {
    const latest =
      this.#progress.get(child) ??
      new LatestValue<WireValue>((values) => this.#post({ type: 'childProgress', child, values }));
    this.#progress.set(child, latest);
    try {
      latest.put(wireOf(packProgress(value, this.#kind)));
    } catch (error) {
      this.#reports.userError(error as Error, `progress of ${task.name}`); // usable where the child runs
    }
  }

  #ended(child: number, task: TaskHandle, outcome: Outcome): void {
    this.#progress.get(child)?.flush();
    this.#progress.delete(child);
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
