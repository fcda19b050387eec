import type { Priority, TaskType } from 'atasker';
import type { HistoryEvent } from '../history.ts';
import { limitFor } from '../limits.ts';
import { URGENCY } from '../lines.ts';
import type { Rule } from '../rule.ts';
import type { TaskState } from '../world.ts';

const TYPES: readonly TaskType[] = ['thread', 'process', 'async'];

/** Nobody is idle while there is work: a wake-up that was lost would show here. */
export const waits: Rule = {
  name: 'no task waits for long while a node that knows it has room for it',
  start({ world, programs, promises, broken }) {
    /** Since when a node has had room for a priority, by node, type and priority. */
    const roomSince = new Map<string, number>();
    /** Children that run. The store does not know them, and they take room as well. */
    const children = new Map<string, { readonly node: string; readonly tt: TaskType }>();
    const keyOf = (node: string, tt: TaskType, priority: Priority): string => `${node} ${tt} ${priority}`;

    function countRunning(node: string, tt: TaskType): number {
      const held = [...world.held(node)].filter(({ accepted }) => accepted.tt === tt);
      return held.length + [...children.values()].filter((child) => child.node === node && child.tt === tt).length;
    }

    /** The world is as it was before this event, and so has it been since the one before it. */
    function lookAtRoom(at: number): void {
      for (const { up } of programs.runningNodes()) {
        for (const tt of TYPES) {
          const limits = up.limits[tt];
          const running = countRunning(up.node, tt);
          for (const priority of URGENCY) {
            const key = keyOf(up.node, tt, priority);
            if (limits === undefined || running >= limitFor(priority, limits)) roomSince.delete(key);
            else if (!roomSince.has(key)) roomSince.set(key, at);
          }
        }
      }
    }

    function look({ id, priority, since, accepted: { tt, definition } }: TaskState, at: number): void {
      if (since === null) return;
      for (const { up, since: runsSince } of programs.runningNodes()) {
        if (!up.definitions.includes(definition)) continue;
        const free = roomSince.get(keyOf(up.node, tt, priority)) ?? at;
        const waited = at - Math.max(since, runsSince, free, programs.hearsFrom(up.node));
        if (waited > promises.patienceMs)
          broken(`it waited for ${waited} ms as ${priority} while ${up.node} had room`, id);
      }
    }

    return {
      any(event: HistoryEvent) {
        lookAtRoom(event.at);
      },
      claimed({ id, at }) {
        const task = world.tasks.get(id);
        if (task !== undefined) look(task, at);
      },
      began({ run, node, tt, isChild }) {
        if (isChild) children.set(run, { node, tt });
      },
      returned: ({ run }) => void children.delete(run),
      end(at) {
        for (const task of world.tasks.values()) look(task, at);
      },
    };
  },
};
