import type { TaskType } from 'atasker';
import { isMoreUrgent, URGENCY } from '../lines.ts';
import type { Rule } from '../rule.ts';

/** A node gets no more tasks than it has asked for, and only of functions that it has. */
export const rooms: Rule = {
  name: 'a node gets no more tasks of a priority than it has room for, and only those that it knows',
  start({ world, programs, broken }) {
    return {
      claimed({ id, node }) {
        const known = programs.node(node)?.definitions;
        const definition = world.tasks.get(id)?.accepted.definition;
        if (known !== undefined && definition !== undefined && !known.includes(definition)) {
          broken(`${node} got it and has no function ${definition}`, id);
        }
      },
      chose({ node, room, most, tokens }) {
        if (tokens.length > most) broken(`${node} asked for ${most} tasks and got ${tokens.length}`);
        const got = [...world.held(node)].filter(({ claim }) => tokens.includes(claim!.token));
        for (const tt of ['thread', 'process', 'async'] satisfies TaskType[]) {
          const ofType = got.filter(({ accepted }) => accepted.tt === tt);
          for (const priority of URGENCY) {
            if (!ofType.some((task) => task.priority === priority)) continue;
            const count = ofType.filter((task) => !isMoreUrgent(priority, task.priority)).length;
            const free = room[tt]?.[priority] ?? 0;
            if (count > free)
              broken(`${node} had room for ${free} ${tt} tasks of priority ${priority} and got ${count}`);
          }
        }
      },
    };
  },
};
