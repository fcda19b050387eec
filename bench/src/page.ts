/** A page in docs/ that carries what a run has shown between two markers. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = new URL('../../../docs/', import.meta.url);

const BEGIN = '<!-- table -->';
const END = '<!-- end of table -->';

/** @param name of the page, `faults.md`. */
export function writePage(name: string, table: string): void {
  const page = fileURLToPath(new URL(name, DOCS));
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), table));
  spawnSync('npx', ['oxfmt', page], { stdio: 'inherit' });
}

/** @param name of the picture, `performance.svg`. */
export function writePicture(name: string, svg: string): void {
  writeFileSync(new URL(name, DOCS), svg);
}

/** @throws Error for a page without the markers, which is then not changed. */
export function withTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`no ${BEGIN} and ${END} on the page`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
