import { LostError } from '../../../common/errors.ts';
import type { ExecutorEvents } from '../../../executors/executor.ts';
import { arrayMap, arrayReversed, each, promiseThen } from '../../../platform/methods.ts';
import { Error, Promise } from '../../../platform/primordials.ts';
import type { PoolMember } from '../../member/member.ts';
import type { SharedDispatch } from './shared-dispatch.ts';

/**
 * The memory that the threads of a pool share cannot be relied on any more, so all these threads are ended. Tasks that
 * no thread has taken are given back. Nobody knows which of the other tasks have begun: they fail as soon as all
 * threads have exited, because nothing of them can run any more then.
 *
 * @returns a promise that resolves when all threads have exited and their tasks have ended
 */
export function loseMemory(
  shared: SharedDispatch,
  members: readonly PoolMember[],
  events: ExecutorEvents,
): Promise<void> {
  const fact = 'the memory that the threads of the pool share cannot be relied on';
  const reason = 'code in one of them has overwritten it, or replaced what the library needs there';
  const cause = new Error(`${fact}: ${reason}; new threads get their tasks in messages instead`);
  const { untaken, others } = shared.abandon();
  for (const member of each(members)) member.lose(cause);
  events.offerClosed();
  events.lateError(cause);
  events.together(() => {
    for (const task of each(arrayReversed(untaken))) events.givenBack(task, null);
  });
  const fail = (): void => {
    for (const task of each(others)) {
      const message = `it is unknown whether ${task.name} had begun in a thread: ${cause.message}`;
      const error = new LostError('ERR_TASK_LOST', message, { taskId: task.id, taskName: task.name, cause });
      events.ended(task, { kind: 'failed', error });
    }
  };
  const allGone = Promise.all(arrayMap(members, ({ whenGone }) => whenGone));
  return promiseThen(allGone, () => events.together(fail)) as Promise<void>;
}
