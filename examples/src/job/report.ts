import { relative } from 'node:path';
import type { Tally, Waits } from './tally.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The table at the end of the job. */
export function report(tally: Tally, folder: string, seconds: number): string {
  const { files, bytes, failures } = tally;
  return [
    row('files', whole.format(files)),
    row('bytes', whole.format(bytes)),
    row('seconds', fine.format(seconds)),
    row('rate', `${whole.format(files / seconds)} files/s, ${fine.format(bytes / 1e6 / seconds)} MB/s`),
    row('failures', whole.format(failures)),
    ...tally.failed.map(({ path, message }) => `  ${relative(folder, path) || path}: ${message}`),
    '',
    'slowest files      ms',
    ...tally.slowest.map(({ path, ms }) => `${fine.format(ms).padStart(21)}  ${relative(folder, path)}`),
    '',
    'waited, in ms   tasks        p50        p99',
    waits('low', tally.low),
    waits('high', tally.high),
  ].join('\n');
}

function row(name: string, value: string): string {
  return `${name.padEnd(10)}${value}`;
}

function waits(name: string, waited: Waits): string {
  const times = [50, 99].map((percent) => waited.percentile(percent).toFixed(2).padStart(11));
  return `${name.padEnd(10)}${whole.format(waited.count).padStart(11)}${times.join('')}`;
}
