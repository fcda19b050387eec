/**
 * The flags that the threads and processes of a pool are started with: the flags of the program and of its
 * `NODE_OPTIONS`, as flag-table.ts says, in the order in which Node.js reads them.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveFrom } from '../../modules/resolve-from.ts';
import {
  arrayConcat,
  arrayFilter,
  arrayJoin,
  arrayMap,
  arrayPush,
  arraySome,
  each,
  pattern,
  stringIndexOf,
  stringSlice,
  stringSplit,
  stringStartsWith,
} from '../../platform/methods.ts';
import { hrefOf, process } from '../../platform/node.ts';
import { Error } from '../../platform/primordials.ts';
import { fateOf, placeOf, takesValue } from './flag-table.ts';
import type { Preload } from './role.ts';

/**
 * The folder in which Node.js has looked for the modules and files that flags name, unless the program changed the
 * folder before it imported the library.
 */
const startFolder = currentFolder();

interface Flag {
  /** The name as the table has it, with `-` for `_`. */
  readonly name: string;
  readonly value: string | null;
  /** The flag as it was given: one argument, or two. */
  readonly args: readonly string[];
}

/** The flags on the program's own command line. */
export function programFlags(): readonly string[] {
  const { execArgv } = process;
  // ts-node puts its own script and its options here
  return execArgv[0] !== undefined && !stringStartsWith(execArgv[0], '-') ? [] : execArgv;
}

/** The flags that processes are started with. Files that these flags name are found from `preloadFolder`. */
export function processFlags(nodeOptions: string | undefined): string[] {
  const kept = arrayFilter(inherited(nodeOptions), ({ name }) => fateOf(name) !== 'dropped');
  return flatten(arrayMap(kept, ({ args }) => args));
}

/**
 * The flags that threads are started with. Null if a flag names a config file: then a thread can only inherit all flags
 * of the program as they are.
 */
export function threadFlags(nodeOptions: string | undefined): string[] | null {
  const flags = inherited(nodeOptions);
  if (arraySome(flags, ({ name }) => fateOf(name) === 'config')) return null;
  const kept = arrayFilter(flags, ({ name }) => fateOf(name) === 'both');
  return flatten(arrayMap(kept, currentFolder() === startFolder ? ({ args }) => args : fromStartFolder));
}

/** The folder in which a process has to preload modules; null if that is the current folder, or is not known. */
export function preloadFolder(): string | null {
  return startFolder === null || currentFolder() === startFolder ? null : startFolder;
}

export function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null; // it has been deleted
  }
}

/**
 * The modules that these flags preload, for a runtime whose threads take no flags. @throws for a flag that does not
 * exist
 */
export function preloadsOf(args: readonly string[]): readonly Preload[] {
  const flags = parse(args);
  for (const { name } of each(flags)) if (fateOf(name) === undefined) throw new Error(`there is no flag ${name}`);
  const chosen = arrayFilter(flags, ({ name, value }) => value !== null && (isRequire(name) || name === '--import'));
  return arrayMap(chosen, ({ name, value }) => ({ module: value!, isRequired: isRequire(name) }));
}

function isRequire(name: string): boolean {
  return name === '-r' || name === '--require';
}

function inherited(nodeOptions = ''): Flag[] {
  return arrayConcat(parse(splitOptions(nodeOptions)), parse(programFlags()));
}

function parse(args: readonly string[]): Flag[] {
  const flags: Flag[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at]!;
    const equals = stringStartsWith(arg, '--') ? stringIndexOf(arg, '=') : -1;
    const name = arrayJoin(stringSplit(equals < 0 ? arg : stringSlice(arg, 0, equals), '_'), '-');
    if (equals >= 0) arrayPush(flags, { name, value: stringSlice(arg, equals + 1), args: [arg] });
    else if (!takesValue(name) || args[at + 1] === undefined) arrayPush(flags, { name, value: null, args: [arg] });
    else {
      at += 1;
      arrayPush(flags, { name, value: args[at]!, args: [arg, args[at]!] });
    }
  }
  return flags;
}

/**
 * Splits a text as Node.js splits `NODE_OPTIONS`: at spaces outside double quotes. Inside double quotes, a backslash
 * keeps the character that follows it.
 */
function splitOptions(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at] ?? ' ';
    const isOver = at === text.length || (char === ' ' && !isQuoted);
    if (isOver && part !== '') arrayPush(parts, part);
    if (isOver) part = '';
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === '\\' && isQuoted) part += text[(at += 1)] ?? '';
    else part += char;
  }
  return parts;
}

function flatten(lists: readonly (readonly string[])[]): string[] {
  let all: string[] = [];
  for (const list of each(lists)) all = arrayConcat(all, list);
  return all;
}

const URL_SCHEME = pattern(/^[a-z][a-z\d+.-]+:/i);

function isPath(value: string): boolean {
  return stringStartsWith(value, '/') || stringStartsWith(value, './') || stringStartsWith(value, '../');
}

/**
 * Resolves the value of a flag. Threads share the current folder of the program, which is no longer the folder in which
 * the flags were given.
 */
function fromStartFolder({ name, value, args }: Flag): readonly string[] {
  const place = placeOf(name);
  if (place === null || value === null || startFolder === null || value === '*') return args;
  if (place === 'path') return [`${name}=${resolve(startFolder, value)}`];
  const isImport = !isRequire(name);
  if (isImport && URL_SCHEME.test(value)) return args; // a URL
  const file = isPath(value) ? resolve(startFolder, value) : resolveFrom(`${startFolder}/`, value);
  if (file === null) return args;
  return [name, isImport ? hrefOf(pathToFileURL(file)) : file];
}
