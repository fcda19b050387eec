import type { Rule } from '../rule.ts';

/** Nobody takes a task away from a node that lives. */
export const leases: Rule = {
  name: 'a node that runs does not lose what it has claimed',
  start({ world, programs, promises, broken }) {
    return {
      leaseOver({ id, token, at }) {
        const claim = world.tasks.get(id)?.claim ?? null;
        if (claim === null || claim.token !== token) return; // another rule tells
        const early = claim.until - at;
        if (early > promises.clockMs) broken(`${claim.node} lost it ${early} ms before its lease had run out`, id);
        if (programs.hasRunSince(claim.node, at - promises.leaseMs)) broken(`${claim.node} lost it while it ran`, id);
      },
    };
  },
};
