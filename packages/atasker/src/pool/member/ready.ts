import type { PoolMember } from './member.ts';

/** How many members are ready and stay; and how many of these (`serving`) no suspended task holds. */
export function readyOf(members: Iterable<PoolMember>): { readonly count: number; readonly serving: number } {
  let count = 0;
  let serving = 0;
  for (const { state, assignments } of members) {
    if (state !== 'idle' && state !== 'busy') continue;
    count += 1;
    if (!assignments.isSuspended) serving += 1;
  }
  return { count, serving };
}
