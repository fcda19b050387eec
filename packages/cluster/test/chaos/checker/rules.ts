import type { Rule } from './rule.ts';
import { cancels } from './rules/cancels.ts';
import { claims } from './rules/claims.ts';
import { delays } from './rules/delays.ts';
import { ends } from './rules/ends.ts';
import { fencing } from './rules/fencing.ts';
import { leases } from './rules/leases.ts';
import { order } from './rules/order.ts';
import { recovery } from './rules/recovery.ts';
import { reserves } from './rules/reserves.ts';
import { rooms } from './rules/rooms.ts';
import { runs } from './rules/runs.ts';
import { waits } from './rules/waits.ts';

export const RULES: readonly Rule[] = [
  ends,
  claims,
  runs,
  fencing,
  order,
  rooms,
  reserves,
  delays,
  cancels,
  leases,
  recovery,
  waits,
];
