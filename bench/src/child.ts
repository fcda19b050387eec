/** One measurement in a process of its own: child.js ROW CONTENDER SCALE. rounds.ts is the other end. */
import type { ContenderName } from './contenders/index.ts';
import { rowOf, type RowName } from './rows/index.ts';
import { WrongResult, type Scale } from './rows/row.ts';

const [row, contender, scale] = process.argv.slice(2) as [RowName, ContenderName, Scale];

try {
  const measurement = await rowOf(row).measure(contender, scale);
  process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit(0));
} catch (error) {
  console.error(error);
  process.exit(error instanceof WrongResult ? WrongResult.exitCode : 1);
}
