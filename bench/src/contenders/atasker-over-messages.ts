import { openMembers } from './atasker.ts';
import type { Contender } from './contender.ts';

/** The transport for platforms that cannot share memory. */
export const contender: Contender = {
  open: (needs) => openMembers(needs, 'message'),
};
