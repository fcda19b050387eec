import { openDatabase, resultCode, type Database, type Statement } from './driver.ts';
import { checkIsLocal, OpenFiles } from './file.ts';
import { checkVersion, migrate } from './schema.ts';
import { BUSY, PATIENCE_MS } from './words.ts';

/** Most of the log (WAL) that stays on disk after it has been copied to the file. */
const LOG_BYTES = 64 * 1024 * 1024;

/** Pages of the log at which they are copied to the file, by whichever program commits then. */
const CHECKPOINT_PAGES = 2000;

/**
 * A file that is open, and the transactions on it.
 *
 * A commit with `isDurable` survives a power failure, because it waits for the disk (`synchronous = FULL`). Other commits
 * do not wait (`NORMAL`): they survive the death of any program, but the last ones may be lost with the power. What is
 * committed so are claims and leases. If they are lost, so are the programs that made them, because all run on this
 * machine; the tasks are queued then, and run. A durable commit makes all earlier ones durable, so no end can be there
 * without its claim.
 */
export class Connection {
  readonly path: string;
  #db: Database;
  #files: OpenFiles;
  readonly #statements = new Map<string, Statement>();
  #isOpen = true;
  #isDurable = true;

  /** @throws FileError, or an error of SQLite, if the file cannot be used */
  constructor(path: string) {
    checkIsLocal(path);
    this.path = path;
    this.#db = openSetUp(path);
    this.#files = new OpenFiles(path);
  }

  /** Opens the same file anew after an error. @throws FileError, or an error of SQLite, if that does not help */
  reopen(): void {
    this.#files.check(); // or a file that was deleted would be made anew, empty
    this.#statements.clear();
    this.close(); // the last program that closes a file removes its log
    this.#db = openSetUp(this.path);
    this.#isOpen = true;
    this.#isDurable = true;
    this.#files = this.#files.afterReopening();
  }

  /** The statement with this text, which is prepared once. */
  sql(text: string): Statement {
    let statement = this.#statements.get(text);
    if (statement === undefined) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }

  /** Runs `work` in a transaction that no other program interrupts. If this throws, nothing has changed. */
  write<T>(isDurable: boolean, work: () => T): T {
    this.#setDurable(isDurable);
    patiently(() => this.sql('BEGIN IMMEDIATE').run());
    let result: T;
    try {
      const { user_version: version } = this.sql('PRAGMA user_version').get() as { user_version: number };
      checkVersion(version, this.path);
      result = work();
      this.sql('COMMIT').run();
    } catch (error) {
      tryRollback(this.#db);
      throw error;
    }
    this.#files.check();
    return result;
  }

  #setDurable(isDurable: boolean): void {
    if (this.#isDurable === isDurable) return;
    this.#db.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }

  /** A number that changes when another program has committed. @throws FileError if the file is gone */
  dataVersion(): number {
    this.#files.check();
    return (this.sql('PRAGMA data_version').get() as { data_version: number }).data_version;
  }

  close(): void {
    if (this.#isOpen) this.#db.close();
    this.#isOpen = false;
  }
}

function openSetUp(path: string): Database {
  const db = openDatabase(path);
  try {
    patiently(() => db.exec('PRAGMA journal_mode = WAL'));
    db.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA temp_store = MEMORY`);
    patiently(() => db.exec('BEGIN IMMEDIATE'));
    migrate(db, path);
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close(); // rolls back
    throw error;
  }
}

function tryRollback(db: Database): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has done it already, as it does for a full disk.
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Repeats what other programs prevent for a moment. SQLite's own wait sleeps for up to 100 ms at a time; a commit takes a
 * few milliseconds at most.
 */
function patiently<T>(work: () => T): T {
  for (const start = performance.now(); ;) {
    try {
      return work();
    } catch (error) {
      if (resultCode(error) !== BUSY || performance.now() - start > PATIENCE_MS) throw error;
      Atomics.wait(pause, 0, 0, 0.2 + Math.random());
    }
  }
}
