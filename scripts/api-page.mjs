// Makes docs/api.md: every public name with its signature, options, defaults and errors, from the declarations that ship
// and their docstrings. npm run docs:api writes it; a test fails if it differs, or if a docstring is missing.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-5';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'packages/atasker');
const page = join(root, 'docs/api.md');

const ENTRIES = [
  { module: 'atasker', declarations: 'dist/index.d.ts', source: 'src/index.ts' },
  { module: 'atasker/testing', declarations: 'dist/testing/index.d.ts', source: 'src/testing/index.ts' },
  { module: 'atasker/remote', declarations: 'dist/remote.d.ts', source: 'src/remote.ts' },
];

const INTRODUCTION = `# Every public name

What \`import … from 'atasker'\`, \`'atasker/testing'\` and \`'atasker/remote'\` give: signatures, options with their defaults, and the errors that are thrown. A wrong option is always a \`TypeError\` or \`RangeError\` with the code \`ERR_INVALID_OPTION\`; [errors](errors.md#error-codes) has every code. An optional value may also be \`undefined\`, which is the same as leaving it out.

This page is made from the declarations of the package (\`npm run docs:api\`).
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, problems } = apiPage();
  for (const problem of problems) console.error(problem);
  writeFileSync(page, text);
  if (problems.length > 0) process.exitCode = 1;
}

/** The page, and what its docstrings lack. */
export function apiPage(program = readDeclarations()) {
  const problems = [];
  const sections = ENTRIES.map((entry) => sectionsOf(entry, program, problems));
  const text = `${INTRODUCTION}\n${sections.flat().join('\n')}`;
  const union = ts.createSourceFile(
    'errors.ts',
    readFileSync(join(folder, 'src/common/errors.ts'), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const codes = declarationOf(union, 'TaskErrorCode')
    .getText(union)
    .match(/ERR_\w+/g);
  const described = sections
    .flat()
    .filter((section) => !section.startsWith('### `TaskErrorCode`'))
    .join('\n');
  for (const code of codes) if (!described.includes(code)) problems.push(`no docstring names ${code}`);
  return { text, problems };
}

/** The declarations that ship, as a program. */
export function readDeclarations() {
  const files = ENTRIES.map(({ declarations }) => join(folder, declarations));
  const options = { module: ts.ModuleKind.NodeNext, allowImportingTsExtensions: true, noEmit: true, types: ['node'] };
  return ts.createProgram(files, { ...options, typeRoots: [join(root, 'node_modules/@types')] });
}

/** What an entry exports. */
export function exportsOf(program, { declarations } = ENTRIES[0]) {
  const checker = program.getTypeChecker();
  return checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(join(folder, declarations))));
}

function declarationOf(file, name) {
  return file.statements.find((statement) => statement.name?.text === name);
}

/** A heading for each group of exports, as the comments in the source name them, and a section for each name. */
function sectionsOf(entry, program, problems) {
  const { module, source } = entry;
  const checker = program.getTypeChecker();
  const exported = exportsOf(program, entry);
  const groups = groupsOf(join(folder, source));
  const isPublic = (name) => exported.some((symbol) => symbol.name === name);
  const titles = [...new Set(groups.values())];
  const sections = [];
  for (const title of titles) {
    sections.push(`## ${title === '' ? `\`${module}\`` : title}\n`);
    for (const [name, group] of groups) {
      const symbol = exported.find((each) => each.name === name);
      if (group === title && symbol) sections.push(sectionOf({ symbol, checker, isPublic, problems }));
    }
  }
  return sections;
}

/** The name of the group of each export: the line comment above it. '' where there is none. */
function groupsOf(path) {
  const code = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest);
  const groups = new Map();
  let group = '';
  for (const statement of file.statements) {
    const comments = ts.getLeadingCommentRanges(code, statement.pos) ?? [];
    const line = comments.findLast(({ kind }) => kind === ts.SyntaxKind.SingleLineCommentTrivia);
    if (line !== undefined) group = code.slice(line.pos + 2, line.end).trim();
    for (const name of exportedNames(statement)) groups.set(name, group);
  }
  return groups;
}

function exportedNames(statement) {
  if (ts.isExportDeclaration(statement)) return statement.exportClause.elements.map(({ name }) => name.text);
  if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some(isExport)) return [];
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.text);
  return [statement.name.text];
}

function isExport({ kind }) {
  return kind === ts.SyntaxKind.ExportKeyword;
}

function sectionOf({ symbol: exported, checker, isPublic, problems }) {
  const { name } = exported;
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  if (symbol.name !== name && isPublic(symbol.name)) return `### \`${name}\`\n\nThe same as \`${symbol.name}\`.\n`;
  const docs = docsOf(symbol, checker);
  if (docs.text === '') problems.push(`${name} has no docstring`);
  const parts = [
    docs.text,
    signaturesOf(symbol, checker),
    ...notesOf(docs, name, problems),
    membersOf({ name, symbol, isPublic, checker, problems }),
  ];
  return `### \`${name}\`\n\n${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Docstring and tags of all declarations of a name; a member without its own has those of the member that it overrides. */
export function docsOf(symbol, checker) {
  const nodes = symbol.declarations.map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
  const texts = nodes.flatMap((node) => ts.getJSDocCommentsAndTags(node)).filter((each) => ts.isJSDoc(each));
  if (texts.length === 0) return inheritedDocs(symbol, checker);
  const tags = texts.flatMap((doc) => [...(doc.tags ?? [])]);
  return {
    text: texts
      .map(({ comment }) => prose(comment))
      .filter(Boolean)
      .join('\n\n'),
    tagged: (tag) => tags.filter(({ tagName }) => tagName.text === tag).map((each) => taggedText(each)),
  };
}

function inheritedDocs(symbol, checker) {
  const tags = symbol.getJsDocTags(checker);
  return {
    text: prose(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
    tagged: (tag) => tags.filter(({ name }) => name === tag).map(({ text }) => prose(ts.displayPartsToString(text))),
  };
}

function taggedText(tag) {
  const text = prose(tag.comment);
  return ts.isJSDocParameterTag(tag) ? `\`${tag.name.getText()}\`: ${text.replace(/^-\s*/, '')}` : text;
}

/** Lines of a docstring as one line for each paragraph, with links to the pages that it names. */
function prose(comment) {
  const paragraphs = (ts.getTextOfJSDocComment(comment) ?? '').split(/\n\s*\n/);
  const lines = paragraphs.map((paragraph) => paragraph.replaceAll(/\s*\n\s*(?!- )/g, ' ').trim());
  return lines.join('\n\n').replaceAll(/docs\/([a-z-]+)\.md/g, '[$1]($1.md)');
}

function notesOf(docs, name, problems) {
  const thrown = docs.tagged('throws');
  for (const text of thrown)
    if (!text.includes('ERR_') && !text.includes('whatever')) problems.push(`${name}: @throws names no code: ${text}`);
  return [
    ...docs
      .tagged('param')
      .map((text) => `- ${text}`)
      .join('\n')
      .split('\n\n'),
    ...docs.tagged('returns').map((text) => `Returns ${text}`),
    ...thrown.map((text) => `Throws ${text}`),
    ...docs.tagged('defaultValue').map((text) => `Default: ${text}`),
  ];
}

/** The declarations without the parts in braces: members have a list of their own. */
function signaturesOf(symbol, checker) {
  const lines = symbol.declarations.map((node) => {
    if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) return headOf(node);
    if (ts.isVariableDeclaration(node)) return `const ${node.getText()};`;
    if (ts.isTypeAliasDeclaration(node) && ts.isIndexedAccessTypeNode(node.type)) return unionOf(node, checker);
    return withoutComments(node).replace(/^export (declare )?/, '');
  });
  return `\`\`\`typescript\n${lines.join('\n')}\n\`\`\``;
}

/** The union that `(typeof NAMES)[number]` means. */
function unionOf(node, checker) {
  const union = checker.getTypeAtLocation(node.name);
  const texts = union.types.map((type) => checker.typeToString(type).replaceAll('"', "'"));
  return `type ${node.name.text} = ${texts.join(' | ')};`;
}

function headOf(node) {
  const { text } = node.getSourceFile();
  const head = text.slice(node.getStart(), node.members.pos).replace(/\s*\{$/, '');
  return head.replace(/^export (declare )?/, '').replace(/ extends \w+<typeof \w+>$/, '');
}

function withoutComments(node) {
  return node.getText().replaceAll(/\s*\/\*\*.*?\*\//gs, '');
}

/** The members of a class, an interface or an object type, inherited ones too; not those of the platform. */
function membersOf({ name, symbol, isPublic, checker, problems }) {
  if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias))) return '';
  const isOptions = name.endsWith('Options');
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  if (type.isUnion()) return '';
  const all = constructorsOf(symbol).concat(checker.getPropertiesOfType(type).filter(isOurs));
  if (symbol.flags & ts.SymbolFlags.TypeAlias && !isOptions && all.some((member) => isPublic(ownerOf(member))))
    return '';
  const rows = all.map((member) => memberOf({ name, member, isOptions, checker, problems }));
  return rows.join('\n');
}

/** The name of the class or interface that declares a member. */
function ownerOf(member) {
  return member.declarations[0].parent.name?.text;
}

function constructorsOf(symbol) {
  const constructor = symbol.members?.get('__constructor');
  return constructor === undefined || isPrivate(constructor.declarations[0]) ? [] : [constructor];
}

function isOurs(member) {
  const [node] = member.declarations ?? [];
  if (node === undefined || isPrivate(node) || !node.getSourceFile().fileName.includes('/atasker/dist/')) return false;
  return (
    node.name === undefined || (!ts.isPrivateIdentifier(node.name) && node.name.getText() !== '[Symbol.toStringTag]')
  );
}

function isPrivate(node) {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
}

function memberOf({ name, member, isOptions, checker, problems }) {
  const nodes = member.declarations.filter((node) => !ts.isSetAccessor(node));
  const docs = docsOf(member, checker);
  const [label] = nodes.map((node) => node.name?.getText() ?? 'constructor');
  const isOptional = nodes.some(({ questionToken }) => questionToken !== undefined);
  const defaults = docs.tagged('defaultValue');
  if (docs.text === '' && label !== 'constructor' && !label.startsWith('['))
    problems.push(`${name}.${label} has no docstring`);
  if (isOptions && isOptional && defaults.length === 0) problems.push(`${name}.${label} says no default`);
  const facts = [
    docs.text.replaceAll('\n\n', ' '),
    ...(isOptions
      ? [isOptional ? `Default: ${sentence(defaults.join('; '))}` : 'Required.']
      : defaults.map((text) => `Default: ${text}.`)),
    ...docs.tagged('param').map((text) => sentence(text)),
    ...docs.tagged('returns').map((text) => `Returns ${sentence(text)}`),
    ...docs.tagged('throws').map((text) => `Throws ${sentence(text)}`),
  ];
  const signature = nodes.map((node) => `\`${isRow(node) ? rowSignature(node) : memberSignature(node)}\``);
  return `- ${signature.join(', ')}${facts.some(Boolean) ? `: ${facts.filter(Boolean).join(' ')}` : ''}`;
}

/** Whether a member is a row of a table, `taskQueued: EventRow<TaskEvent>`: the interface has what the row is of. */
function isRow(node) {
  return ts.isPropertySignature(node) && ts.isVariableDeclaration(node.parent.parent);
}

function rowSignature({ name, type }) {
  return `${name.getText()}: ${type.typeArguments[0].getText().replaceAll(/\s+/g, ' ')}`;
}

function sentence(text) {
  return /[.:]$/.test(text) ? text : `${text}.`;
}

function memberSignature(node) {
  const text = withoutComments(node)
    .replaceAll(/\s+/g, ' ')
    .replace(/;$/, '')
    .replace(/^get (\w+)\(\)/, '$1');
  return (node.questionToken ? text.replace(/ \| undefined$/, '') : text).replace(/^constructor/, 'new');
}
