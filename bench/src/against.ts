/** npm run bench -- --against FILE.tgz: this checkout and a packed version take turns, in the same rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContenderName } from './contenders/index.ts';
import { measureOnce } from './rounds.ts';
import { rowOf, type RowName } from './rows/index.ts';
import type { Metric, Scale } from './rows/row.ts';
import { installSide, packHere, type Side } from './side.ts';
import { median } from './statistics.ts';
import { columns } from './table.ts';

/** Contenders that are atasker itself: nothing else differs between the two sides. */
const OURS: ReadonlySet<ContenderName> = new Set(['atasker', 'atasker without context', 'atasker over messages']);

/** A median ratio that is worse by more than this fails the comparison. */
const MOST_WORSE = 0.05;

export interface AgainstPlan {
  readonly tarball: string;
  readonly rows: readonly RowName[];
  /** null: all contenders that are atasker. */
  readonly contenders: readonly ContenderName[] | null;
  readonly rounds: number;
  readonly scale: Scale;
}

/** The values of both sides in each round, in the order of the row's metrics. */
export interface Pairs {
  readonly row: RowName;
  readonly contender: ContenderName;
  readonly rounds: readonly { readonly now: readonly number[]; readonly before: readonly number[] }[];
}

/** One figure of both sides: `now` divided by `before`, as the median of the rounds. */
export interface Ratio {
  readonly row: RowName;
  readonly contender: ContenderName;
  readonly metric: Metric;
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
  readonly isWorse: boolean;
}

/** Compares and prints. Gives whether nothing is worse. @throws if a measurement fails */
export async function compare(plan: AgainstPlan, progress: (text: string) => void): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-pack-'));
  const sides: Side[] = [];
  try {
    for (const tarball of [packHere(folder), plan.tarball]) sides.push(installSide(tarball));
    const [now, before] = sides as [Side, Side];
    const ratios = ratiosOf(await measurePairs(plan, now, before, progress));
    progress('');
    const size = now.bytes / before.bytes;
    console.log(
      `${plan.rounds} ${plan.scale} rounds in turns; each ratio is this checkout divided by ${plan.tarball}\n`,
    );
    console.log(columns(cellsOf(ratios)));
    console.log(
      `\nbytes shipped: ${now.bytes} and ${before.bytes}, × ${size.toFixed(2)}${size > 1 + MOST_WORSE ? ' worse' : ''}`,
    );
    return size <= 1 + MOST_WORSE && !ratios.some(({ isWorse }) => isWorse);
  } finally {
    for (const side of sides) side.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePairs(
  { rows, contenders, rounds, scale }: AgainstPlan,
  now: Side,
  before: Side,
  progress: (text: string) => void,
): Promise<Pairs[]> {
  const all: Pairs[] = [];
  for (const row of rows) {
    const isMeant = (name: ContenderName): boolean => OURS.has(name) && (contenders?.includes(name) ?? true);
    for (const contender of rowOf(row).contenders.filter(isMeant)) {
      const pairs: { now: readonly number[]; before: readonly number[] }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        progress(`${row}, ${contender}, round ${round + 1} of ${rounds}`);
        const values = new Map<Side, readonly number[]>();
        for (const side of round % 2 === 0 ? [now, before] : [before, now])
          values.set(side, (await measureOnce(side.child, row, contender, scale)).values);
        pairs.push({ now: values.get(now)!, before: values.get(before)! });
      }
      all.push({ row, contender, rounds: pairs });
    }
  }
  return all;
}

/** More is better for a rate, less for everything else. A figure that was 0 has no ratio. */
export function ratiosOf(all: readonly Pairs[]): Ratio[] {
  return all.flatMap(({ row, contender, rounds }) =>
    rowOf(row).metrics.flatMap((metric, index) => {
      const ratios = rounds.map(({ now, before }) => now[index]! / before[index]!).filter(Number.isFinite);
      if (ratios.length === 0) return [];
      const ratio = median(ratios);
      const worse = metric.unit === 'tasks/s' ? 1 / ratio : ratio;
      const spread = { least: Math.min(...ratios), most: Math.max(...ratios) };
      return [{ row, contender, metric, ratio, ...spread, isWorse: worse > 1 + MOST_WORSE }];
    }),
  );
}

function cellsOf(ratios: readonly Ratio[]): string[][] {
  const head = ['row', 'contender', 'figure', 'ratio', 'min–max', ''];
  const lines = ratios.map(({ row, contender, metric, ratio, least, most, isWorse }) => {
    const spread = `${least.toFixed(2)}–${most.toFixed(2)}`;
    return [row, contender, metric.name, `× ${ratio.toFixed(2)}`, spread, isWorse ? 'worse' : ''];
  });
  return [head, ...lines];
}
