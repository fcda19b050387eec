import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@atasker/cluster';
import type { ChurnReport } from './churn-program.ts';
import { advanceFile, inFile, makeFolder } from './sqlite.ts';
import { endOf, SILENT } from './stores.ts';

const PROGRAM = fileURLToPath(new URL('churn-program.js', import.meta.url));
const PROGRAMS = 2;

/** What the store has promised to programs that were killed since. */
class Promises {
  readonly added = new Set<string>();
  readonly ends = new Map<string, string>();

  note(report: ChurnReport): void {
    if (report.type === 'added') for (const id of report.ids) this.added.add(id);
    if (report.type === 'failed') assert.fail(report.message);
    if (report.type !== 'settled') return;
    assert.ok(!this.ends.has(report.id), `${report.id} is settled once`);
    this.ends.set(report.id, report.payload);
  }
}

/**
 * Two programs work on one file. One of them is killed after a random number of reports, so in the midst of something,
 * and another one takes its place. At last everything that was promised must be there.
 */
export async function killPrograms(kills: number): Promise<{ readonly added: number }> {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'tasks.db');
  const promises = new Promises();
  const living: ChildProcess[] = [];
  try {
    for (let n = 0; n < kills; n++) {
      while (living.length < PROGRAMS) living.push(start(path, `p${n}-${living.length}`));
      await oneDies(living, promises);
    }
    await Promise.all(living.splice(0).map((child) => kill(child)));
    await checkPromises(path, promises);
    return { added: promises.added.size };
  } finally {
    await Promise.all(living.map((child) => kill(child)));
    remove();
  }
}

function start(path: string, me: string): ChildProcess {
  return fork(PROGRAM, [`sqlite:${path}`, me], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
}

async function oneDies(living: ChildProcess[], promises: Promises): Promise<void> {
  const victim = living.splice(Math.floor(Math.random() * PROGRAMS), 1)[0]!;
  let left = 1 + Math.floor(Math.random() * 200);
  const [other] = living as [ChildProcess];
  const note = (report: ChurnReport): void => promises.note(report);
  other.on('message', note);
  await new Promise<void>((resolve, reject) => {
    victim.on('message', (report: ChurnReport) => {
      try {
        note(report);
      } catch (error) {
        reject(error as Error);
      }
      if (--left === 0) resolve();
    });
    victim.on('exit', (code, signal) => reject(new Error(`a program has ended by itself: ${signal ?? code}`)));
  });
  await kill(victim);
  other.off('message', note);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.removeAllListeners('exit');
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function checkPromises(path: string, { added, ends }: Promises): Promise<void> {
  const store = openStore(`sqlite:${path}`);
  await store.open({ me: 'checker', news: SILENT, leaseMs: 60_000, maxLost: 1000, keepResultsMs: 3_600_000 });
  const found = new Map((await store.find([...new Set([...added, ...ends.keys()])])).map((task) => [task.id, task]));
  for (const id of added) assert.ok(found.has(id), `${id} was accepted and is there`);
  for (const [id, payload] of ends) assert.equal(found.get(id)?.ending?.payload, payload, `the end of ${id} stays`);
  advanceFile(path, 60_001);
  const everything = { low: Infinity, normal: Infinity, high: Infinity, critical: Infinity };
  const { claims } = await store.claim({ async: everything }, ['f'], Infinity);
  const open = [...found.values()].filter(({ ending }) => ending === null).length;
  assert.ok(claims.length >= open, 'what has not ended can be claimed');
  for (const { id } of claims) assert.ok(!ends.has(id), `${id} has ended and is not claimed again`);
  await store.settle(claims.map((claim) => endOf(claim)));
  const { running, queued, delayed } = await store.counts();
  assert.deepEqual([running, queued.async.normal, delayed], [0, 0, 0]);
  await store.close();
  assert.deepEqual(
    inFile(path, (db) =>
      db
        .prepare('PRAGMA integrity_check')
        .all()
        .map((row) => Object.values(row as object)[0] as string),
    ),
    ['ok'],
  );
}
