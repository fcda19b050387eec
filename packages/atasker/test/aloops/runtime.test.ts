import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { inlineTasks } from 'atasker/testing';
import '../support/leaks.ts';
import { collect, whenStarted } from '../support/events.ts';
import { newGate, open } from '../support/gate.ts';
import { onLoop } from '../support/aloop.ts';
import { countWithLock, meet } from '../tasks/aloops.ts';
import { echo, isInPoolThread } from '../tasks/basic.ts';
import { countVisits, writeJournal } from '../tasks/locals.ts';
import { holdLock, tryLock } from '../tasks/locks.ts';
import { callChild } from '../tasks/nested.ts';
import { report } from '../tasks/progress.ts';

describe('tasks on an aloop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-aloops-'));
  after(() => rmSync(folder, { recursive: true }));

  test('tell their progress, each its own', () =>
    onLoop(async (on) => {
      const tasks = Array.from({ length: 10 }, (_, n) => report.with(on)(`${n} begins`, n));
      await Promise.all(tasks);
      assert.deepEqual(
        tasks.map(({ progress }) => progress),
        Array.from({ length: 10 }, (_, n) => n),
      );
    }));

  test('exclude each other, and those elsewhere, with a lock', () =>
    onLoop(async (on) => {
      const file = join(folder, 'counter');
      writeFileSync(file, '0');
      const tasks = Array.from({ length: 4 }, () => countWithLock.with(on)(file, 20));
      tasks.push(countWithLock.with({ supervisor: on.supervisor })(file, 20));
      await Promise.all(tasks);
      assert.equal(readFileSync(file, 'utf8'), '100');
    }));

  test('release their locks when the thread is gone', () =>
    onLoop(async (on, loop) => {
      const held = collect(on.supervisor, 'taskProgress', 1);
      const holder = holdLock.with(on)('of an aloop');
      await held;
      assert.deepEqual(await tryLock.with(on)('of an aloop', 0, false), ['critical', 'ERR_LOCK_TIMEOUT']);
      assert.deepEqual(await tryLock.with(on)('of an aloop', 60_000, true), ['critical', 'ERR_LOCK_TIMEOUT']);
      assert.deepEqual(await tryLock.with(on)('another', 60_000, true), ['held']);
      await Promise.all([assert.rejects(holder.then()), loop.stop({ cancelTasks: true })]);
      loop.start();
      assert.deepEqual(await tryLock.with(on)('of an aloop', 60_000, false), ['held']);
    }));

  test('find one store; what it holds is disposed of at the stop', () =>
    onLoop(async (on, loop) => {
      const visits = await Promise.all(Array.from({ length: 5 }, () => countVisits.with(on)()));
      assert.deepEqual(visits, [1, 2, 3, 4, 5]);
      const file = join(folder, 'journal');
      await writeJournal.with(on)(file);
      await loop.stop();
      assert.match(readFileSync(file, 'utf8'), /^connection\njournal \d+\n$/);
    }));

  test('call others, by map and with a callback', () =>
    onLoop(async (on) => {
      assert.deepEqual(
        await callChild.with(on).map([1, 2, 3]),
        await callChild.with({ supervisor: on.supervisor }).map([1, 2, 3]),
      );
      const results: unknown[] = [];
      await echo.with({ ...on, callback: (result) => results.push(result) })(1);
      assert.deepEqual(results, [[1]]);
    }));

  test('take buffers that are transferred, and give them back', () =>
    onLoop(async (on) => {
      const [buffer] = (await echo.with(on)(Buffer.from('bytes'))) as [Buffer];
      assert.equal(buffer.toString(), 'bytes');
    }));

  test('run here while tasks are inline, and no thread starts', () =>
    onLoop(async (on) => {
      const inline = inlineTasks();
      assert.equal(await isInPoolThread.with(on)(), !isMainThread);
      const gate = newGate();
      const started = whenStarted(on.supervisor, 2);
      const tasks = [meet.with(on)(gate), meet.with(on)(gate)];
      await started;
      open(gate);
      assert.deepEqual(
        (await Promise.all(tasks)).map(({ isSame }) => isSame),
        [true, true],
      );
      await inline.stop();
    }));
});
