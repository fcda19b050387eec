import type { EventOf } from '../history.ts';
import type { Rule } from '../rule.ts';

/** What runs was claimed before, by the node that runs it, and once for each claim. */
export const runs: Rule = {
  name: 'a function begins only for a claim of its node, and once for each',
  start({ promises, broken }) {
    const claimed = new Map<string, EventOf<'claimed'>[]>();
    const began: EventOf<'began'>[] = [];
    return {
      claimed(event) {
        const before = claimed.get(event.id);
        if (before === undefined) claimed.set(event.id, [event]);
        else before.push(event);
      },
      began(event) {
        if (!event.isChild) began.push(event);
      },
      end() {
        const times = new Map<EventOf<'claimed'>, number>();
        for (const { id, node, attempt, at } of began) {
          const possible = (claimed.get(id) ?? []).filter((claim) => claim.node === node && claim.attempt === attempt);
          const mine = possible.filter((claim) => claim.at <= at + promises.clockMs);
          if (mine.length === 0) {
            broken(`attempt ${attempt} began on ${node} without a claim before`, id);
            continue;
          }
          const free = mine.find((claim) => !times.has(claim)); // an attempt that was handed back has several claims
          if (free === undefined) broken(`attempt ${attempt} began on ${node} once more than it was claimed`, id);
          else times.set(free, at);
        }
      },
    };
  },
};
