import assert from 'node:assert/strict';
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SqliteStore, type StoredTask, type StoreNews } from '@atasker/cluster';
import { inFile, makeFolder } from '../support/sqlite.ts';
import { ProgramStore } from '../support/store-programs.ts';
import { LIMITS, plainTask, SILENT } from '../support/stores.ts';

const everything = { async: { low: 1e9, normal: 1e9, high: 1e9, critical: 1e9 } };

const task = (id: string, payload = ''): StoredTask => plainTask(id, { payload });

/** An error for users, with all of these words. */
function says(...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'ERR_STORE_UNAVAILABLE');
    for (const word of words)
      assert.ok(message.includes(word), `${JSON.stringify(message)} has ${JSON.stringify(word)}`);
    return true;
  };
}

/** What a store tells about itself, one after the other. */
class Weather {
  readonly news: StoreNews = { ...SILENT, away: (error) => this.#take(error), back: () => this.#take('back') };
  readonly #told: (Error | 'back')[] = [];
  #wake = (): void => {};

  #take(told: Error | 'back'): void {
    this.#told.push(told);
    this.#wake();
  }

  async next(): Promise<Error | 'back'> {
    const patience = setTimeout(() => this.#take(new Error('the store has told nothing')), 20_000); // a store keeps no program alive
    if (this.#told.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    clearTimeout(patience);
    return this.#told.shift()!;
  }
}

describe('faults of an SQLite file', { timeout: 60_000 }, () => {
  let folder: ReturnType<typeof makeFolder>;
  let path: string;
  let stores: SqliteStore[];

  beforeEach(() => {
    folder = makeFolder();
    path = join(folder.folder, 'tasks.db');
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    folder.remove();
  });

  async function open(me = 'a', news = SILENT): Promise<SqliteStore> {
    const store = new SqliteStore(path);
    stores.push(store);
    await store.open({ me, news, ...LIMITS });
    return store;
  }

  async function makeFile(...ids: readonly string[]): Promise<void> {
    const store = await open('maker');
    await store.add(ids.map((id) => task(id)));
    await store.close();
  }

  test('a folder that is not there, or a folder in place of the file, is said to be so', async () => {
    path = join(folder.folder, 'no', 'tasks.db');
    await assert.rejects(open(), says(path, 'cannot be opened', 'folder must exist'));
    path = folder.folder;
    await assert.rejects(open(), says(path, 'cannot be opened'));
  });

  test('a file that is no database is not touched', async () => {
    writeFileSync(path, 'my novel\n'.repeat(1000));
    await assert.rejects(open(), says(path, 'is not an SQLite database'));
    assert.equal(statSync(path).size, 9000);
  });

  test('a database of another program is not touched', async () => {
    inFile(path, (db) => db.exec('CREATE TABLE people (name)'));
    await assert.rejects(open(), says(path, 'a database of another program'));
    inFile(path, (db) => assert.equal(db.prepare('SELECT count(*) AS n FROM sqlite_schema').all().length, 1));
  });

  test('a file of a later version is refused, and programs that have it open stop using it', async () => {
    const weather = new Weather();
    const early = await open('early', weather.news);
    await early.add([task('1')]);
    inFile(path, (db) => db.exec('PRAGMA user_version = 99'));
    await assert.rejects(open('late'), says('version 99', 'update @atasker/cluster'));
    await assert.rejects(early.add([task('2')]), says('version 99'));
    says('version 99')(await weather.next());
    inFile(path, (db) =>
      assert.deepEqual(
        db
          .prepare('SELECT id FROM tasks')
          .all()
          .map((row) => (row as { id: string }).id),
        ['1'],
      ),
    );
  });

  test('a damaged file is said to be damaged, whatever is called, and nothing hangs', async () => {
    await makeFile(...Array.from({ length: 2000 }, (_, n) => `${n}`));
    inFile(path, (db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    const whole = readFileSync(path);
    writeFileSync(path, whole.fill(0xa5, 8192));
    const damaged = open();
    await assert.rejects(
      damaged.then((opened) => opened.claim(everything, ['f'], 10)),
      says(path, 'damaged'),
    );
  });

  test('a file that is deleted while it is used takes nothing more; put back, it is used again', async () => {
    const weather = new Weather();
    const store = await open('a', weather.news);
    await store.add([task('1')]);
    renameSync(path, `${path}.moved`);
    await assert.rejects(store.add([task('2')]), says(path, 'was deleted or moved', 'Put it back'));
    says('was deleted or moved')(await weather.next());
    await assert.rejects(store.claim(everything, ['f'], 1), says('was deleted or moved'));
    renameSync(`${path}.moved`, path);
    assert.equal(await weather.next(), 'back');
    await store.add([task('3')]);
    const found = await store.find(['1', '3']);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['1', '3'],
    );
  });

  test('an idle program notices too that its file is gone, or that another one has its name', async () => {
    const weather = new Weather();
    await open('a', weather.news);
    rmSync(path);
    says('was deleted or moved')(await weather.next());
    const other = new Weather();
    path = join(folder.folder, 'other.db');
    await open('b', other.news);
    rmSync(path);
    writeFileSync(path, '');
    says('was replaced')(await other.next());
  });

  test('a log that is deleted while it is used is noticed before anything more is promised', async () => {
    const weather = new Weather();
    const store = await open('a', weather.news);
    await store.add([task('1')]);
    rmSync(`${path}-wal`);
    await assert.rejects(store.add([task('2')]), says('tasks.db-wal', 'was deleted'));
  });

  test('a program that writes for a moment delays others, and nothing more', async () => {
    const store = await open();
    const added = inFile(path, (db) => {
      db.exec('BEGIN IMMEDIATE');
      const promise = store.add([task('1')]);
      db.exec('COMMIT');
      return promise;
    });
    await added;
    assert.equal((await store.find(['1'])).length, 1);
  });

  test('one call that cannot be done fails alone, and those that came with it are done', async () => {
    const store = await open();
    const bad = store.add([{ ...task('bad'), payload: undefined as unknown as string }]);
    const good = store.add([task('good')]);
    await assert.rejects(bad, (error: { code?: string }) => error.code !== 'ERR_STORE_UNAVAILABLE');
    await good;
    assert.deepEqual(
      (await store.find(['good', 'bad'])).map(({ id }) => id),
      ['good'],
    );
  });

  test('a full disk refuses tasks in words, and keeps all that it has accepted', { timeout: 60_000 }, async () => {
    const limited = new ProgramStore(`sqlite:${path}`, { fileBlocks: 4000 });
    try {
      await limited.open({ me: 'a', news: SILENT, ...LIMITS });
      const accepted: string[] = [];
      const fill = async (): Promise<never> => {
        for (let n = 0; ; n++) {
          await limited.add([task(`${n}`, 'x'.repeat(100_000))]);
          accepted.push(`${n}`);
        }
      };
      await assert.rejects(fill(), says(path, 'full'));
      assert.ok(accepted.length > 3);
      await limited.kill();
      const store = await open('b');
      assert.equal((await store.find(accepted)).length, accepted.length);
      await store.add([task('more')]);
    } finally {
      await limited.kill();
    }
  });

  test('a file that may not be written is said to be so', async () => {
    await makeFile('1');
    chmodSync(path, 0o444);
    chmodSync(folder.folder, 0o555);
    const reader = new ProgramStore(`sqlite:${path}`, { asNobody: process.getuid?.() === 0 });
    try {
      await assert.rejects(reader.open({ me: 'a', news: SILENT, ...LIMITS }), says(path, 'cannot be', 'writ'));
    } finally {
      await reader.kill();
      chmodSync(folder.folder, 0o755);
    }
  });
});
