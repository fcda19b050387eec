import type { ExecutorEvents } from '../../executors/executor.ts';
import { setOf } from '../../platform/primordials.ts';
import { decodeError } from '../../wire/errors.ts';
import type { FromMember, ToMember } from '../../wire/frames.ts';
import { unpack } from '../../wire/values.ts';
import type { Channel, MemberKind } from '../channels/channel.ts';
import { MemberChildren } from '../conversations/children/pool-end.ts';
import { MemberLocks } from '../conversations/locks/pool-end.ts';
import type { Holds } from './holds.ts';

const CHILD_NEWS = ['child', 'childCancel', 'childPriority', 'observed', 'childProgressRead'] as const;
const TASK_NEWS = ['userError', 'warning', 'progress', 'lockAcquire', 'lockRelease', 'returned'] as const;
const NEWS: ReadonlySet<FromMember['type']> = setOf([...CHILD_NEWS, ...TASK_NEWS]);

/** What code in a member tells of itself, besides how its tasks begin and end. */
export type NewsFrame = Extract<
  FromMember,
  { readonly type: (typeof CHILD_NEWS)[number] | (typeof TASK_NEWS)[number] }
>;

export function isNews(frame: FromMember): frame is NewsFrame {
  return NEWS.has(frame.type);
}

/** What this needs of its member. */
interface NewsSource {
  readonly kind: MemberKind['name'];
  readonly holds: Holds;
  readonly reports: ExecutorEvents;
  readonly channel: () => Channel;
  readonly post: (frame: ToMember) => void;
}

/** What code in one member tells: of children, locks and progress of its tasks, and what has gone wrong beside them. */
export class MemberNews {
  readonly #source: NewsSource;
  readonly #children: MemberChildren;
  readonly #locks: MemberLocks;

  constructor(source: NewsSource) {
    const { kind, reports, channel, post } = source;
    this.#source = source;
    this.#children = new MemberChildren(kind, reports, post);
    this.#locks = new MemberLocks(reports.locks, channel);
  }

  handle(frame: NewsFrame): void {
    const { holds, reports } = this.#source;
    switch (frame.type) {
      case 'child':
        holds.recall(); // the task may wait for its child
        return this.#children.handle(frame, holds.find(frame.run)?.task ?? null);
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
        const hold = holds.find(frame.run);
        if (hold !== null) reports.returned(hold.task);
      }
    }
  }

  /** It is no more. */
  close(): void {
    this.#locks.releaseAll();
  }

  #progressed({ run, values }: Extract<FromMember, { type: 'progress' }>): void {
    const { holds, reports, channel } = this.#source;
    const hold = holds.find(run);
    if (hold === null) return;
    reports.progressed(hold.task, (unpack(values) as unknown[])[0]);
    channel().postUrgent({ type: 'progressRead', run });
  }
}
