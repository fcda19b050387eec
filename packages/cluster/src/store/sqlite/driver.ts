/**
 * The two packages that can open an SQLite file, behind what they have in common: `node:sqlite`, which Node.js has from
 * 22.13 on, and `libsql` from npm for Node.js 20.
 */
import { createRequire } from 'node:module';
import { newGate, passGate, type Gate } from './thread/gate.ts';

/** A text that SQLite cannot hold exactly is a blob (text.ts). */
export type SqlText = string | Uint8Array | ArrayBuffer;

export type SqlValue = SqlText | number | null;

export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint };
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): unknown[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type OpenDatabase = new (path: string) => Database;

/** Thrown if this Node.js can open no SQLite file. */
const NO_SQLITE =
  'the SQLite store needs Node.js 22.13 or later, which has node:sqlite, or the package libsql: npm install libsql';

/** In the thread of a store the gate that its program may shut. */
let gate = newGate();

export function setGate(given: Gate): void {
  gate = given;
}

/** @throws Error if the file cannot be opened, or nothing here can open such a file */
export function openDatabase(path: string): Database {
  const BuiltIn = builtIn();
  return BuiltIn === undefined ? openInstalled(path) : new BuiltIn(path);
}

function builtIn(): OpenDatabase | undefined {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  return (getBuiltinModule?.('node:sqlite') as { DatabaseSync: OpenDatabase } | undefined)?.DatabaseSync;
}

function openInstalled(path: string): Database {
  let Libsql: OpenDatabase;
  try {
    Libsql = passGate(gate, () => createRequire(import.meta.url)('libsql') as OpenDatabase);
  } catch (cause) {
    throw new Error(NO_SQLITE, { cause });
  }
  const db = passGate(gate, () => new Libsql(path));
  return {
    exec: (sql) => passGate(gate, () => db.exec(sql)),
    prepare: (sql) => withLists(passGate(gate, () => db.prepare(sql))),
    close: () => passGate(gate, () => db.close()),
  };
}

/**
 * Works around two faults of libsql 0.5.29. It takes a single blob for an object of named values and ends the process, so
 * it gets its values as a list. Its `get` may return a row of an earlier call of the statement, so `all` takes its place.
 */
function withLists(statement: Statement): Statement {
  const listed = statement as unknown as {
    run(values: readonly SqlValue[]): never;
    all(values: readonly SqlValue[]): unknown[];
  };
  return {
    run: (...values) => passGate(gate, () => listed.run(values)),
    get: (...values) => passGate(gate, () => listed.all(values))[0],
    all: (...values) => passGate(gate, () => listed.all(values)),
  };
}

/** The primary result code of SQLite that an error of either package has; null for other errors. */
export function resultCode(error: unknown): number | null {
  const { errcode, rawCode, message } = error as { errcode?: unknown; rawCode?: unknown; message?: unknown };
  const code = errcode ?? rawCode ?? codeOfOpening(message);
  return typeof code === 'number' ? code & 0xff : null;
}

/** libsql gives the code of a file that it cannot open only in the text. */
function codeOfOpening(message: unknown): number | null {
  const found = /^ConnectionFailed\(.*: (?<code>\d+)"\)$/.exec(String(message));
  return found === null ? null : Number(found.groups!['code']);
}
