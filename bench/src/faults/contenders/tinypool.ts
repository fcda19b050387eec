import { Tinypool } from 'tinypool';
import { contender as bench } from '../../contenders/tinypool.ts';
import { ONE_WITH_PRIORITIES, type FaultContender } from './contender.ts';
import { faultPoolOf, poolOptions } from './piscina-pool.ts';

export const contender: FaultContender = {
  open(needs) {
    const runtime = needs.form === 'threads' ? 'worker_threads' : 'child_process';
    return faultPoolOf(new Tinypool({ ...poolOptions(needs), runtime }), needs);
  },
  openWithPriorities: () => bench.open(ONE_WITH_PRIORITIES),
};
