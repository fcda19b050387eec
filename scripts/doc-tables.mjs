// Makes the tables of options and events in docs/. A page names the interface between two comments:
//   <!-- table: TaskOptions --> … <!-- end of table -->
// The rows come from the declarations that ship and their docstrings, the channels of events from the table in the source.
// npm run docs:api writes them; a test fails if a page differs.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { docsOf, exportsOf, readDeclarations } from './api-page.mjs';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

const TABLE = /(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)/gs;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { page, expected } of await pagesWithTables()) writeFileSync(page, expected);
}

/** Each page with such tables: its file, the names of the interfaces, its text, and the text that it should have. */
export async function pagesWithTables(program = readDeclarations()) {
  const files = readdirSync(docs).filter((name) => name.endsWith('.md'));
  const pages = [];
  for (const page of files.map((name) => join(docs, name))) {
    const text = readFileSync(page, 'utf8');
    const names = Array.from(text.matchAll(TABLE), ([, , name]) => name);
    const tables = new Map();
    for (const name of names) tables.set(name, await tableOf(name, program));
    const expected = text.replaceAll(TABLE, (_, begin, name, end) => `${begin}\n${tables.get(name)}\n\n${end}`);
    if (names.length > 0) pages.push({ page, names, text, expected });
  }
  return pages;
}

async function tableOf(name, program) {
  const checker = program.getTypeChecker();
  const exported = exportsOf(program).find((symbol) => symbol.name === name);
  if (exported === undefined) throw new Error(`atasker exports no ${name}`);
  const symbol = checker.getAliasedSymbol(exported);
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
  return formatted(name.endsWith('Options') ? optionRows(symbol, members, checker) : await eventRows(members, checker));
}

/** Options that an interface inherits come first. */
function optionRows(symbol, members, checker) {
  const isOwn = (member) => symbol.declarations.includes(member.declarations[0].parent);
  const ordered = [...members.filter((member) => !isOwn(member)), ...members.filter(isOwn)];
  const rows = ordered.map((member) => {
    const { text, tagged } = docsOf(member, checker);
    return [code(member.name), text, tagged('defaultValue').join('; ')];
  });
  return [['option', 'meaning', 'default'], ...rows];
}

async function eventRows(members, checker) {
  const { EVENTS } = await import(builtFile(members[0].declarations[0].getSourceFile().fileName));
  const rows = members.map((member) => {
    const payload = checker.getPropertiesOfType(checker.getTypeOfSymbol(member)).map(({ name }) => name);
    const { channel } = EVENTS[member.name];
    const { text } = docsOf(member, checker);
    return [code(member.name), code(`{ ${payload.join(', ')} }`), text, channel === null ? '' : code(channel)];
  });
  return [['event', 'payload', 'meaning', 'channel'], ...rows];
}

/** The module of which a declaration tells. */
function builtFile(declaration) {
  return declaration.replace('/dist/', '/build/src/').replace(/\.d\.ts$/, '.js');
}

function code(text) {
  return `\`${text}\``;
}

/** A table in Markdown as oxfmt writes it. */
function formatted(rows) {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column])));
  const [head, ...body] = lines.map((row) => `| ${row.join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}
