/** npm run chaos -- [--tt thread|process] [--tasks N] [--seconds S] [--every MS] */
import { parseArgs } from 'node:util';
import { chaos, type ChaosOptions } from './endurance/chaos.ts';

const { values } = parseArgs({
  options: {
    tt: { type: 'string', multiple: true, default: ['thread', 'process'] },
    tasks: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '50' },
  },
});

for (const tt of values.tt as ChaosOptions['tt'][]) {
  const end = performance.now() + (Number(values.seconds) * 1000) / values.tt.length;
  while (performance.now() < end) {
    const began = performance.now();
    const report = await chaos({ tt, tasks: Number(values.tasks), everyMs: Number(values.every) });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${tt}: ${values.tasks} tasks in ${seconds} s, ${JSON.stringify(report)}`);
  }
}
