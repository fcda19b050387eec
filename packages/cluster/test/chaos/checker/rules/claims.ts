import type { Rule } from '../rule.ts';

/** Only a task that waits is claimed, by one node at a time, and its attempts are counted. */
export const claims: Rule = {
  name: 'a task is claimed by one node at a time, and its attempts are counted without runs that were handed back',
  start({ world, promises, broken }) {
    const tokens = new Set<string>();
    return {
      accepted({ id }) {
        if (world.tasks.has(id)) broken('it was accepted twice', id);
      },
      claimed({ id, node, token, attempt }) {
        const task = world.tasks.get(id);
        if (task === undefined) return broken(`${node} claimed it before it was accepted`, id);
        if (tokens.has(token)) broken(`two claims have the token ${token}`, id);
        tokens.add(token);
        if (task.state === 'claimed') broken(`${node} claimed it while ${task.claim!.node} had it`, id);
        if (task.state === 'ended') broken(`${node} claimed it after its end`, id);
        const lost = task.lost + (task.ranOut === null ? 0 : 1);
        if (lost >= promises.maxLost) broken(`${node} claimed it after ${lost} of its claims had run out`, id);
        const right = task.attempts + 1;
        if (attempt !== right) broken(`it was claimed as attempt ${attempt}, which is attempt ${right}`, id);
      },
      ended({ id, lost }) {
        const task = world.tasks.get(id);
        if (!lost || task === undefined) return;
        const count = task.lost + (task.ranOut === null ? 0 : 1);
        if (count !== promises.maxLost) broken(`it has failed as lost after ${count} of its claims had run out`, id);
      },
    };
  },
};
