/** docs/faults.md, which carries the table between two markers. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../../../docs/faults.md', import.meta.url));

const BEGIN = '<!-- table -->';
const END = '<!-- end of table -->';

export function writePage(table: string): void {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), table));
  spawnSync('npx', ['oxfmt', PAGE], { stdio: 'inherit' });
}

function withTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`no ${BEGIN} and ${END} on the page`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
