/** What a run has shown, for a terminal and for the page. */
import { rowOf, type RowName } from './rows/index.ts';
import type { Scale } from './rows/row.ts';
import type { Figure, Line } from './summary.ts';
import { amount, judgement, showNumber, type Verdict } from './verdict.ts';

/** Rows of cells under a head. */
interface Grid {
  readonly title: string;
  readonly cells: readonly (readonly string[])[];
}

/** In columns. */
export function terminalTable(lines: readonly Line[], verdicts: readonly Verdict[], scale: Scale): string {
  return grids(lines, verdicts, scale)
    .map(({ title, cells }) => `${title}\n${columns(cells)}`)
    .join('\n\n');
}

export function markdownTable(lines: readonly Line[], verdicts: readonly Verdict[], scale: Scale): string {
  return grids(lines, verdicts, scale)
    .map(({ title, cells: [head = [], ...rest] }) => {
      const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
      return [`### ${sentence(title)}`, '', ...[head, rule, ...rest].map(markdownLine)].join('\n');
    })
    .join('\n\n');
}

/** One with the targets, then one for each row of work. */
function grids(lines: readonly Line[], verdicts: readonly Verdict[], scale: Scale): Grid[] {
  const rows = [...new Set(lines.map(({ row }) => row))];
  const work = rows.map((row) => workGrid(row, lines, scale));
  return verdicts.length === 0 ? work : [targetGrid(verdicts), ...work];
}

function targetGrid(verdicts: readonly Verdict[]): Grid {
  const head = ['row', 'figure', 'target', 'measured', 'min–max', ''];
  const cells = verdicts.map((verdict) => {
    const { row, metric, target, measured } = verdict;
    const name = target.of === 'atasker' ? metric.name : `${metric.name}, ${target.of.replace('atasker ', '')}`;
    const bound = `${target.bound} ${amount(target.value, verdict)}`;
    const spread = measured === null ? '–' : `${showNumber(measured.least)}–${showNumber(measured.most)}`;
    const middle = measured === null ? '–' : showNumber(measured.median);
    return [row, name, bound, middle, spread, judgement(verdict)];
  });
  const met = verdicts.filter(({ met: isMet }) => isMet).length;
  return { title: `targets: ${met} of ${verdicts.length} met`, cells: [head, ...cells] };
}

/** With more figures than this the contenders are the columns. */
const MOST_IN_A_LINE = 6;

function workGrid(row: RowName, lines: readonly Line[], scale: Scale): Grid {
  const { metrics, base } = rowOf(row);
  if (metrics.length > MOST_IN_A_LINE) return manyFigures(row, lines, scale);
  const head = ['', ...metrics.flatMap(({ name, unit }) => [`${name}, ${unit}`, 'min–max', `to ${base}`])];
  const cells = lines.filter((line) => line.row === row).map((line) => cellsOf(line, head.length));
  return { title: `${row}: ${rowOf(row).title(scale)}`, cells: [head, ...cells] };
}

function manyFigures(row: RowName, lines: readonly Line[], scale: Scale): Grid {
  const { metrics, base } = rowOf(row);
  const own = lines.filter((line) => line.row === row);
  const cell = ({ contender, figures }: Line, index: number): string => {
    const figure = figures[index];
    if (figure === undefined) return 'failed';
    return contender === base ? show(figure.median, figure) : `${show(figure.median, figure)} (${ratio(figure)})`;
  };
  const cells = metrics.map(({ name, unit }, index) =>
    [`${name}, ${unit}`].concat(own.map((line) => cell(line, index))),
  );
  return {
    title: `${row}: ${rowOf(row).title(scale)}, and as a multiple of ${base}`,
    cells: [['', ...own.map(({ contender }) => contender)], ...cells],
  };
}

/** Without figures there is why, and as many cells as in every line. */
function cellsOf({ contender, failure, figures }: Line, width: number): string[] {
  const cells = figures.flatMap((figure) => [show(figure.median, figure), spreadOf(figure), ratio(figure)]);
  if (failure === null) return [contender, ...cells];
  const why = `failed: ${failure.split('\n', 1)[0]}`;
  if (figures.length > 0) return [`${contender} (${why})`, ...cells];
  return [contender, why, ...Array.from({ length: width - 2 }, () => '')];
}

export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const cells of rows.filter((row) => !row[1]?.startsWith('failed'))) {
    for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const pad = (cell: string, index: number): string =>
    index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0);
  return rows.map((cells) => `  ${cells.map(pad).join('  ')}`.trimEnd()).join('\n');
}

function spreadOf(figure: Figure): string {
  return `${show(figure.least, figure)}–${show(figure.most, figure)}`;
}

function ratio({ toBase }: Figure): string {
  return toBase === null ? '–' : `× ${toBase.toPrecision(2)}`;
}

/** A figure with as many digits as its unit can bear. */
export function show(value: number, { unit }: Pick<Figure, 'unit'>): string {
  if (unit === 'tasks/s' || unit === 'bytes' || unit === 'handles') return Math.round(value).toLocaleString('en');
  return value.toFixed(unit === 'µs' ? 1 : 2);
}

function sentence(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

export function markdownLine(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}
