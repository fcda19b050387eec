/** npm run accuracy -- [--seconds N] [--busy PROGRAMS]: exits with 1 if an average is more than one percent off */
import { parseArgs } from 'node:util';
import { measureAccuracy } from './endurance/accuracy.ts';

const MOST_PERCENT = 1;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, busy: { type: 'string', default: '1' } },
});

const measured = await measureAccuracy(Number(values.seconds), Number(values.busy));
const rows = measured.map(({ kind, intervalMs, ticks, averageMs, deviationPercent, skipped }) => [
  kind,
  `${intervalMs} ms`,
  String(ticks),
  `${averageMs.toFixed(3)} ms`,
  `${deviationPercent.toFixed(3)} %`,
  String(skipped),
]);
for (const row of [['kind', 'interval', 'ticks', 'average period', 'deviation', 'skipped'], ...rows]) {
  console.log(row.map((cell, column) => (column === 0 ? cell.padEnd(15) : cell.padStart(15))).join(' '));
}
const ours = measured.filter(({ kind }) => kind !== 'bare timer');
if (ours.some(({ deviationPercent }) => Math.abs(deviationPercent) > MOST_PERCENT)) process.exitCode = 1;
