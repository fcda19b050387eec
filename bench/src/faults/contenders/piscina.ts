import { Piscina } from 'piscina';
import { contender as bench } from '../../contenders/piscina.ts';
import { ONE_WITH_PRIORITIES, type FaultContender } from './contender.ts';
import { faultPoolOf, poolOptions } from './piscina-pool.ts';

export const contender: FaultContender = {
  open: (needs) => faultPoolOf(new Piscina(poolOptions(needs)), needs),
  openWithPriorities: () => bench.open(ONE_WITH_PRIORITIES),
};
