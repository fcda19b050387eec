import type { ExecutorEvents } from '../../executors/executor.ts';
import { setOf } from '../../platform/primordials.ts';
import { decodeError } from '../../wire/errors.ts';
import type { FromMember, ToMember } from '../../wire/frames.ts';
import { unpack } from '../../wire/values.ts';
import type { Channel, MemberKind } from '../channels/channel.ts';
import { ChildrenPoolEnd } from '../conversations/children/pool-end.ts';
import { LocksPoolEnd } from '../conversations/locks/pool-end.ts';
import type { Assignments } from './assignments.ts';

const CHILD_NEWS = ['child', 'childCancel', 'childPriority', 'observed', 'childProgressRead'] as const;
const TASK_NEWS = ['userError', 'warning', 'progress', 'lockAcquire', 'lockRelease', 'returned'] as const;
const NEWS: ReadonlySet<FromMember['type']> = setOf([...CHILD_NEWS, ...TASK_NEWS]);

/** Frames that code in a member causes, except those about the start and the end of its tasks. */
export type NewsFrame = Extract<
  FromMember,
  { readonly type: (typeof CHILD_NEWS)[number] | (typeof TASK_NEWS)[number] }
>;

export function isNews(frame: FromMember): frame is NewsFrame {
  return NEWS.has(frame.type);
}

/** What `MemberNews` needs from its member. */
interface NewsSource {
  readonly kind: MemberKind['name'];
  readonly assignments: Assignments;
  readonly reports: ExecutorEvents;
  readonly channel: () => Channel;
  readonly post: (frame: ToMember) => void;
}

/**
 * Handles what code in one member tells: children, locks and progress of its tasks, and errors and warnings beside
 * them.
 */
export class MemberNews {
  readonly #source: NewsSource;
  readonly #children: ChildrenPoolEnd;
  readonly #locks: LocksPoolEnd;

  constructor(source: NewsSource) {
    const { kind, reports, channel, post } = source;
    this.#source = source;
    this.#children = new ChildrenPoolEnd(kind, reports, post);
    this.#locks = new LocksPoolEnd(reports.locks, channel);
  }

  handle(frame: NewsFrame): void {
    const { assignments, reports } = this.#source;
    switch (frame.type) {
      case 'child':
        assignments.takeBack?.(); // the task may wait for its child
        return this.#children.handle(frame, assignments.find(frame.run)?.task ?? null);
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
      case 'userError':
        return reports.userError(decodeError(frame.error), frame.source);
      case 'warning':
        return reports.warning(frame.module, frame.text);
      case 'returned': {
        const assignment = assignments.find(frame.run);
        if (assignment !== null) reports.returned(assignment.task);
      }
    }
  }

  /** The member has exited. */
  close(): void {
    this.#locks.releaseAll();
  }

  #progressed({ run, values }: Extract<FromMember, { type: 'progress' }>): void {
    const { assignments, reports, channel } = this.#source;
    const assignment = assignments.find(run);
    if (assignment === null) return;
    reports.progressed(assignment.task, (unpack(values) as unknown[])[0]);
    channel().postUrgent({ type: 'progressRead', run });
  }
}
