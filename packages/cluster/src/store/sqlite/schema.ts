import type { Database } from './driver.ts';
import { FileError } from './words.ts';

/** Tells the file from those of other programs: 'atsk'. */
const APPLICATION_ID = 0x6174736b;

/**
 * Each step takes a file to the next version. A step that has been released never changes.
 *
 * - `tasks` has only short values, because a row is written whole whenever one of them changes. `payloads` has the
 *   arguments of a task, and its result once it has ended.
 * - `state`: 0 queued, 1 delayed, 2 running (claimed), 3 ended.
 * - `place`: the order in line, which a claimed task keeps; of an ended task the order of ends.
 * - `time`: when a delay is over, a lease runs out or an end is forgotten, in milliseconds of the clock of the store.
 * - `lines` is what claims read: a definition that nobody knows has lines of its own, which are skipped in one step.
 * - `store` has one row: the last number that was given as a place or a token, and the clock (clock.ts).
 */
const STEPS: readonly string[] = [
  `CREATE TABLE tasks (
     seq INTEGER PRIMARY KEY, id NOT NULL UNIQUE, definition NOT NULL, name NOT NULL, tt INTEGER NOT NULL,
     priority INTEGER NOT NULL, delay_ms INTEGER NOT NULL, origin NOT NULL, state INTEGER NOT NULL,
     place INTEGER NOT NULL, time INTEGER NOT NULL, queued_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
     token INTEGER, holder, lost_by TEXT, cancel, ended_as INTEGER, started_at REAL
   );
   CREATE TABLE payloads (seq INTEGER PRIMARY KEY, payload NOT NULL);
   CREATE INDEX lines ON tasks (tt, priority, definition, place) WHERE state = 0;
   CREATE INDEX times ON tasks (state, time) WHERE state > 0;
   CREATE INDEX ends ON tasks (origin, place) WHERE state = 3;
   CREATE INDEX cancels ON tasks (holder) WHERE state = 2 AND cancel IS NOT NULL;
   CREATE TABLE programs (name NOT NULL PRIMARY KEY, address TEXT, lease INTEGER NOT NULL, is_node INTEGER NOT NULL);
   CREATE TABLE knows (program NOT NULL, definition NOT NULL, PRIMARY KEY (program, definition)) WITHOUT ROWID;
   CREATE TABLE store (last INTEGER NOT NULL, recovered INTEGER NOT NULL, clock_offset REAL NOT NULL, seen INTEGER NOT NULL);
   INSERT INTO store VALUES (0, 0, 0, 0);
   PRAGMA application_id = ${APPLICATION_ID};`,
  // Programs that have added a task that was there already, and are told of its end too.
  `ALTER TABLE tasks ADD COLUMN is_joined INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE joined (seq INTEGER NOT NULL, origin NOT NULL, place INTEGER, PRIMARY KEY (seq, origin)) WITHOUT ROWID;
   CREATE INDEX joined_ends ON joined (origin, place) WHERE place IS NOT NULL;`,
  // The last progress of a task that has ended: an end must not overtake it.
  'ALTER TABLE tasks ADD COLUMN progress',
];

const SCHEMA_VERSION = STEPS.length;

/**
 * Takes a file, new or of an earlier version, to the version of this code; within a transaction.
 *
 * @throws FileError if it is of a later version, or of another program
 */
export function migrate(db: Database, path: string): void {
  const version = schemaVersion(db);
  if (version > SCHEMA_VERSION) throw new FileError(tooNew(path, version));
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
  if (tables > 0 && application !== APPLICATION_ID) {
    throw new FileError(`${path} is a database of another program. Name another file for the tasks`);
  }
  if (version === SCHEMA_VERSION) return;
  for (const step of STEPS.slice(version)) db.exec(step);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** @throws FileError if another program has taken the file to a later version since */
export function checkVersion(version: number, path: string): void {
  if (version !== SCHEMA_VERSION) throw new FileError(tooNew(path, version));
}

function schemaVersion(db: Database): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function tooNew(path: string, version: number): string {
  return `${path} has version ${version} of the tables, and this program knows version ${SCHEMA_VERSION}: update @atasker/cluster`;
}
