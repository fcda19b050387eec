/** The cells side by side: for a terminal, and for the page. */
import { columns, markdownLine } from '../table.ts';
import type { Cell } from './cells.ts';
import type { ColumnName } from './contenders/index.ts';
import { GROUPS, ROWS, type RowName } from './rows/index.ts';

/** With the short names of the rows, as `--only` takes them. */
export function terminalTable(cells: readonly Cell[]): string {
  const tables = groupsOf(cells).map(({ title, rows, names }) => {
    const lines = rows.map((row) => [row, ...names.map((name) => show(cells, row, name))]);
    return columns([[title, ...names], ...lines]);
  });
  return [...tables, totals(cells).join('\n')].join('\n\n');
}

/** The table, with titles and the expected behaviour of each row. */
export function markdownTable(cells: readonly Cell[]): string {
  const tables = groupsOf(cells).map(({ title, rows, names }) => {
    const head = ['fault', 'right is', ...names];
    const lines = rows.map((row) => {
      const { title: fault, expected } = ROWS[row];
      return [fault, expected, ...names.map((name) => show(cells, row, name))];
    });
    return [`### ${title}`, '', ...[head, head.map(() => '---'), ...lines].map(markdownLine)].join('\n');
  });
  return [
    ...tables,
    totals(cells)
      .map((total) => `- ${total}`)
      .join('\n'),
  ].join('\n\n');
}

interface Group {
  readonly title: string;
  readonly rows: readonly RowName[];
  readonly names: readonly ColumnName[];
}

/** What there are cells of. */
function groupsOf(cells: readonly Cell[]): Group[] {
  const names = [...new Set(cells.map(({ column }) => column))];
  return Object.entries(GROUPS).flatMap(([title, group]) => {
    const rows = (Object.keys(group) as RowName[]).filter((row) => cells.some((cell) => cell.row === row));
    return rows.length === 0 ? [] : [{ title, rows, names }];
  });
}

function show(cells: readonly Cell[], row: RowName, column: ColumnName): string {
  const verdict = cells.find((cell) => cell.row === row && cell.column === column)?.verdict;
  if (!verdict) return '–';
  return `${verdict.right ? '✓' : '✗'} ${verdict.words}`;
}

function totals(cells: readonly Cell[]): string[] {
  const names = [...new Set(cells.map(({ column }) => column))];
  return names.map((name) => {
    const verdicts = cells.flatMap(({ column, verdict }) => (column === name && verdict !== null ? [verdict] : []));
    return `${name}: ${verdicts.filter(({ right }) => right).length} of ${verdicts.length} right`;
  });
}
