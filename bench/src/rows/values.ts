/** Values of all sizes there and back, over the transport that is the default and over messages. */
import { TaskSupervisor } from 'atasker';
import { echoTask } from '../contenders/atasker-tasks.ts';
import { nowUs } from '../jobs.ts';
import { WARM_UP_MS } from './no-ops.ts';
import { SIZE } from './pool-row.ts';
import { WrongResult, type Count, type Row } from './row.ts';
import { atLeast } from './target.ts';

const MEASURED_MS: Count = { full: 700, quick: 150, tiny: 10 };

/** A code path is compiled after this many calls, however slow they are. */
const WARM_UP_TASKS: Count = { full: 300, quick: 100, tiny: 10 };

const VALUES = {
  '1 KB object': Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`key ${at}`, `value ${at}`])),
  '100 KB Buffer': Buffer.alloc(100_000, 7),
  '1 MB string': 'x'.repeat(2 ** 20),
} as const;

const IN_FLIGHT = [1, 16] as const;

const CELLS = Object.entries(VALUES).flatMap(([what, value]) =>
  IN_FLIGHT.map((inFlight) => ({ name: `${what}, ${inFlight}`, value, inFlight })),
);

const TRANSPORTS = { atasker: 'shared', 'atasker over messages': 'message' } as const;

export const values: Row = {
  title: () => `values there and back in ${SIZE} threads, ${IN_FLIGHT.join(' and ')} in flight`,
  metrics: CELLS.map(({ name }) => ({ name, unit: 'tasks/s' })),
  contenders: ['atasker', 'atasker over messages'],
  base: 'atasker over messages',
  targets: CELLS.map(({ name }) => atLeast(1, name, { times: 'atasker over messages' })),
  async measure(name, scale) {
    const transport = TRANSPORTS[name as keyof typeof TRANSPORTS];
    const threadPool = { poolSize: SIZE, reserveNormal: 0, reserveHigh: 0, minSize: 'max', maxSize: SIZE } as const;
    const supervisor = new TaskSupervisor({ threadPool, transport });
    supervisor.start();
    const run = echoTask.with({ supervisor });
    const rates: number[] = [];
    for (const { value, inFlight } of CELLS) {
      await rateOf(run, value, inFlight, WARM_UP_MS[scale] / CELLS.length, WARM_UP_TASKS[scale]);
      rates.push(await rateOf(run, value, inFlight, MEASURED_MS[scale]));
    }
    await supervisor.stop();
    return { values: rates, note: null };
  },
};

type Value = (typeof CELLS)[number]['value'];

/** Tasks per second with this many in flight, for at least this long and at least this many tasks. @throws WrongResult */
async function rateOf(run: typeof echoTask, value: Value, inFlight: number, ms: number, least = 1): Promise<number> {
  let ended = 0;
  const start = nowUs();
  const submitNext = async (): Promise<void> => {
    do {
      const result = await run(value);
      if (lengthOf(result) !== lengthOf(value)) throw new WrongResult('a value came back as another one');
      ended += 1;
    } while (ended < least || nowUs() < start + ms * 1e3);
  };
  await Promise.all(Array.from({ length: inFlight }, submitNext));
  return ended / ((nowUs() - start) / 1e6);
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length;
  return Object.keys(value as object).length;
}
