/** A program that adds, claims and settles tasks until it is killed, and reports what the store has promised it. */
import { openStore } from '@atasker/cluster';
import { endOf, plainTask, SILENT } from './stores.ts';

export type ChurnReport =
  | { readonly type: 'added'; readonly ids: readonly string[] }
  | { readonly type: 'settled'; readonly id: string; readonly payload: string }
  | { readonly type: 'failed'; readonly message: string };

const [, , address, me] = process.argv as [string, string, string, string];
const report = (message: ChurnReport): void => void process.send!(message);
const store = openStore(address);
process.on('disconnect', () => process.exit(0));

const one = { low: 5, normal: 5, high: 5, critical: 5 };
let added = 0;

async function churn(): Promise<never> {
  for (;;) {
    const ids = Array.from({ length: 1 + (added % 4) }, () => `${me}-${added++}`);
    const text = 'x'.repeat(added % 5000);
    await store.add(ids.map((id) => plainTask(id, { payload: text, origin: me })));
    report({ type: 'added', ids });
    const { claims } = await store.claim({ async: one }, ['f'], 5);
    const ends = claims.map((claim) => endOf(claim, { payload: `${me} ${claim.token}` }));
    const dropped = await store.settle(ends);
    for (const { id, payload } of ends) if (!dropped.includes(id)) report({ type: 'settled', id, payload });
  }
}

try {
  await store.open({ me, news: SILENT, leaseMs: 60_000, maxLost: 1000, keepResultsMs: 3_600_000 });
  await Promise.all([churn(), churn(), churn()]);
} catch (error) {
  report({ type: 'failed', message: (error as Error).message });
}
