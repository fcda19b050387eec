import type { Rule } from '../rule.ts';

/** A delayed task waits as long as it is to, by the clock of the store. */
export const delays: Rule = {
  name: 'a delayed task is not claimed before it is due, by the clock of the store',
  start({ world, broken }) {
    const look = ({ id, at }: { readonly id: string; readonly at: number }): void => {
      const dueAt = world.tasks.get(id)?.accepted.dueAt ?? null;
      if (dueAt !== null && at < dueAt) broken(`it was taken ${dueAt - at} ms before it was due`, id);
    };
    return { queued: look, claimed: look };
  },
};
