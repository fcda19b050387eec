/** The first figure of every row as bars, in an SVG. Lengths compare within a row only. */
import { rowOf, type RowName } from './rows/index.ts';
import type { Metric, Scale } from './rows/row.ts';
import type { Figure, Line } from './summary.ts';
import { show } from './table.ts';

const WIDTH = 860;
const LEFT = 190;
const BAR_WIDTH = 470;
const LINE_HEIGHT = 20;
const HEAD_HEIGHT = 34;
const GAP = 16;

const STYLE = `text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600 } .bar { fill: #8c959f } .own { fill: #0969da } .spread { stroke: #1f2328 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .spread { stroke: #e6edf3 } .own { fill: #4493f8 } }`;

export function picture(lines: readonly Line[], scale: Scale): string {
  const rows = [...new Set(lines.map(({ row }) => row))];
  const parts: string[] = [];
  let top = GAP;
  for (const row of rows) {
    const own = lines.filter((line) => line.row === row);
    parts.push(...group(row, own, scale, top));
    top += HEAD_HEIGHT + own.length * LINE_HEIGHT + GAP;
  }
  const size = `width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="The rows of npm run bench as bars">`;
  return `${[head, `<style>${STYLE}</style>`, ...parts, '</svg>'].join('\n')}\n`;
}

function group(row: RowName, lines: readonly Line[], scale: Scale, top: number): string[] {
  const metric = rowOf(row).metrics[0]!;
  const most = Math.max(...lines.map(({ figures }) => figures[0]?.most ?? 0));
  const title = `${rowOf(row).title(scale)} (${metric.name}, ${metric.unit}; ${direction(metric)} is better)`;
  const bars = lines.flatMap((line, index) => bar(line, most, top + HEAD_HEIGHT + index * LINE_HEIGHT));
  return [`<text class="head" x="8" y="${top + 18}">${escaped(title)}</text>`, ...bars];
}

function direction({ unit }: Metric): string {
  return unit === 'tasks/s' ? 'longer' : 'shorter';
}

function bar({ contender, figures }: Line, most: number, top: number): string[] {
  const baseline = top + 12;
  const name = `<text x="${LEFT - 8}" y="${baseline}" text-anchor="end">${escaped(contender)}</text>`;
  const figure = figures[0];
  if (figure === undefined) return [name, `<text x="${LEFT}" y="${baseline}">failed</text>`];
  const length = lengthOf(figure.median, most);
  const kind = contender.startsWith('atasker') ? 'bar own' : 'bar';
  const end = LEFT + Math.max(length, lengthOf(figure.most, most)) + 8;
  return [
    name,
    `<rect class="${kind}" x="${LEFT}" y="${top + 1}" width="${length}" height="14"/>`,
    spread(figure, most, top + 8),
    `<text x="${end}" y="${baseline}">${escaped(show(figure.median, figure))}</text>`,
  ];
}

function spread({ least, most: greatest }: Figure, most: number, y: number): string {
  const [from, to] = [LEFT + lengthOf(least, most), LEFT + lengthOf(greatest, most)];
  return `<line class="spread" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>`;
}

/** The length in pixels; a value below zero has no length. */
function lengthOf(value: number, most: number): number {
  return most <= 0 ? 0 : Math.round((10 * BAR_WIDTH * Math.max(0, value)) / most) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
