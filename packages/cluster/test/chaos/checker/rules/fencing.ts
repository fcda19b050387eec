import type { Rule } from '../rule.ts';

/** The end of a claim that is no longer the last one is dropped; that of the last one is not. */
export const fencing: Rule = {
  name: 'an end is taken from the last claim only',
  start({ world, broken }) {
    const lastOf = (id: string): string | null => {
      const task = world.tasks.get(id);
      return (task?.claim ?? task?.ranOut)?.token ?? null;
    };
    return {
      ended({ id, token }) {
        const task = world.tasks.get(id);
        if (task === undefined) return;
        if (token === null && task.state === 'claimed') broken(`it was ended while ${task.claim!.node} had it`, id);
        if (token !== null && token !== lastOf(id))
          broken(`its end was taken from ${token}, which is not its last claim`, id);
      },
      released({ id, token }) {
        if (lastOf(id) !== token) broken(`it was handed back by ${token}, which did not hold it`, id);
      },
      leaseOver({ id, token }) {
        if (world.tasks.get(id)?.claim?.token !== token)
          broken(`the lease of ${token} ran out, which did not hold it`, id);
      },
      fenced({ id, token }) {
        if (lastOf(id) === token) broken(`the end of ${token} was dropped, which holds it`, id);
      },
    };
  },
};
