import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore, type TaskStore } from '@atasker/cluster';
import type { StorePlace } from '@atasker/cluster/testing';
import { ProgramStore } from './store-programs.ts';

interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    get(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
    run(...values: unknown[]): unknown;
  };
  close(): void;
}

/** Opens a file as anybody may, by what this Node.js has. */
export function openFile(path: string): Database {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  const builtIn = getBuiltinModule?.('node:sqlite') as { DatabaseSync: new (path: string) => Database } | undefined;
  const Opened = builtIn?.DatabaseSync ?? (createRequire(import.meta.url)('libsql') as new (path: string) => Database);
  const db = new Opened(path);
  db.exec('PRAGMA busy_timeout = 10000');
  return db;
}

/** Does something in a file, as another program. */
export function inFile<T>(path: string, work: (db: Database) => T): T {
  const db = openFile(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** A folder that is removed when the test that made it has ended. */
export function makeFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Moves the clock of a file ahead, for all programs, as if one of them had just seen the new time. */
export function advanceFile(path: string, ms: number): void {
  const [seconds, nanoseconds] = process.hrtime();
  const machineMs = seconds * 1000 + Math.ceil(nanoseconds / 1e6);
  inFile(path, (db) => {
    const update = 'UPDATE store SET clock_offset = clock_offset + ?, seen = ? + clock_offset + ?';
    db.prepare(update).run(ms, machineMs, ms);
  });
}

/** A file, with stores that have threads in this program. */
export async function makeSqlitePlace(): Promise<StorePlace> {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  return {
    makeStore: () => new SqliteStore(path),
    advance: async (ms) => advanceFile(path, ms),
    live: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    kill: (store: TaskStore) => (store as SqliteStore).kill(),
    async remove() {
      remove();
    },
  };
}

/** A file, with a program of its own for each store. */
export async function makeProgramsPlace(): Promise<StorePlace> {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const stores: ProgramStore[] = [];
  const known = (store: TaskStore): ProgramStore => stores.find((each) => each === store)!;
  return {
    makeStore() {
      const store = new ProgramStore(`sqlite:${path}`);
      stores.push(store);
      return store;
    },
    advance: async (ms) => advanceFile(path, ms),
    live: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    kill: (store) => known(store).kill(),
    suspend: (store) => known(store).signal('SIGSTOP'),
    resume: (store) => known(store).signal('SIGCONT'),
    async remove() {
      await Promise.all(stores.map((store) => store.kill()));
      remove();
    },
  };
}
