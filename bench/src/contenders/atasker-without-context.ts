import { openAsync } from './atasker-async.ts';
import type { Contender } from './contender.ts';

export const contender: Contender = { open: (needs) => openAsync(needs, false) };
