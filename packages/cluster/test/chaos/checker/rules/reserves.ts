import type { EventOf } from '../history.ts';
import { limitFor } from '../limits.ts';
import { isMoreUrgent } from '../lines.ts';
import type { Rule } from '../rule.ts';

/** No reserve is used by a lower priority. Critical tasks have no limit. */
export const reserves: Rule = {
  name: 'no function begins in a slot that is reserved for a higher priority',
  start({ programs, promises, broken }) {
    const running = new Map<string, EventOf<'began'>>();
    const suspended = new Set<string>();
    const mayComeLater = (other: EventOf<'began'>, event: EventOf<'began'>): boolean =>
      event.at - other.at < promises.startMs && isMoreUrgent(other.priority, event.priority);
    return {
      began(event) {
        const { node, tt, priority, id, run } = event;
        const limits = programs.node(node)?.limits[tt];
        if (limits !== undefined) {
          const inPool = [...running.values()].filter((other) => other.node === node && other.tt === tt);
          const others = inPool.filter((other) => !suspended.has(other.run) && !mayComeLater(other, event));
          const limit = limitFor(priority, limits);
          if (others.length >= limit) {
            broken(`it began on ${node} as ${priority} beside ${others.length} ${tt} tasks, of at most ${limit}`, id);
          }
        }
        running.set(run, event);
      },
      suspended: ({ run }) => void suspended.add(run),
      resumed: ({ run }) => void suspended.delete(run),
      returned: ({ run }) => void running.delete(run),
      programDown({ program }) {
        for (const [run, { node }] of running) if (node === program) running.delete(run);
      },
    };
  },
};
