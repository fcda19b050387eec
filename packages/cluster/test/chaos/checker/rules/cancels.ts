import type { EventOf } from '../history.ts';
import type { Rule } from '../rule.ts';

/** A cancel is not forgotten: a task that waits is removed and never runs, and a node that has one is told. */
export const cancels: Rule = {
  name: 'a cancelled task that no node has had never runs, and the node that has one is told',
  start({ world, programs, promises, broken }) {
    const removed = new Set<string>();
    const answered: EventOf<'cancelAnswered'>[] = [];
    const began: EventOf<'began'>[] = [];
    const told = new Set<string>();
    const called = new Set<string>();
    const ended = new Set<string>();
    return {
      claimed({ id, node }) {
        const asked = world.tasks.get(id)?.cancelAskedAt ?? null;
        if (asked !== null) broken(`${node} got it after it was asked to be cancelled`, id);
      },
      cancelCalled: ({ id }) => void called.add(id),
      cancelTold({ id, node }) {
        told.add(`${node} ${id}`);
        if (world.tasks.get(id)?.cancelAskedAt === null)
          broken(`${node} was told to cancel it, and nobody had asked`, id);
      },
      ended({ id, token, end, at }) {
        const task = world.tasks.get(id);
        if (task === undefined) return;
        if (end === 'canceled') ended.add(id);
        if (token === null && end === 'canceled' && !task.everClaimed) removed.add(id);
        const { claim, cancelAskedAt: asked } = task;
        if (claim === null || asked === null || !promises.tellsCancels || told.has(`${claim.node} ${id}`)) return;
        const isSilent = programs.node(claim.node)?.isSilent === true;
        const since = Math.max(asked, programs.hearsFrom(claim.node));
        if (!isSilent && at > since + promises.clockMs && programs.hasRunSince(claim.node, asked)) {
          broken(`${claim.node} ended it ${at - asked} ms after it was asked to be cancelled, and was not told`, id);
        }
      },
      cancelAnswered(event) {
        answered.push(event);
        const task = world.tasks.get(event.id);
        if (event.answer === 'unknown' && task !== undefined && task.accepted.at < event.at - promises.clockMs) {
          broken('a cancel was answered with unknown, and the store had it', event.id);
        }
      },
      began: (event) => void began.push(event),
      end() {
        for (const id of ended) if (!called.has(id)) broken('it has ended by a cancel, and nobody had called it', id);
        for (const { id, node } of began)
          if (removed.has(id)) broken(`it was removed by a cancel, and began on ${node}`, id);
        for (const { id, answer } of answered) {
          const task = world.tasks.get(id);
          if (answer === 'removed' && task?.end?.end !== 'canceled')
            broken('a cancel was answered with removed, and it did not end so', id);
        }
      },
    };
  },
};
