import { BASE } from './contenders/index.ts';
import { ROWS } from './rows/index.ts';
import type { Scale } from './rows/row.ts';
import type { Figure, Line } from './summary.ts';

/** The lines of each row of work under its title, in columns. */
export function table(lines: readonly Line[], scale: Scale): string {
  const rows = new Set(lines.map(({ row }) => row));
  const blocks = [...rows].map((row) => {
    const cells = lines.filter((line) => line.row === row).map(cellsOf);
    const head = ['', ...ROWS[row].metrics.flatMap(({ name, unit }) => [`${name}, ${unit}`, 'min–max', `to ${BASE}`])];
    return `${ROWS[row].title(scale)}\n${columns([head, ...cells])}`;
  });
  return blocks.join('\n\n');
}

function cellsOf({ contender, failure, figures }: Line): string[] {
  const cells = figures.flatMap((figure) => [show(figure.median, figure), spread(figure), ratio(figure)]);
  return failure === null ? [contender, ...cells] : [contender, ...cells, `failed: ${failure.split('\n', 1)[0]}`];
}

export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const cells of rows.filter((row) => !row.at(-1)!.startsWith('failed'))) {
    for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const pad = (cell: string, index: number): string =>
    index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0);
  return rows.map((cells) => `  ${cells.map(pad).join('  ')}`.trimEnd()).join('\n');
}

function spread(figure: Figure): string {
  return `${show(figure.least, figure)}–${show(figure.most, figure)}`;
}

function ratio({ toBase }: Figure): string {
  return toBase === null ? '–' : `× ${toBase.toPrecision(2)}`;
}

function show(value: number, { unit }: Figure): string {
  if (unit === 'tasks/s') return Math.round(value).toLocaleString('en');
  return value.toFixed(unit === 'ms' ? 2 : 1);
}
