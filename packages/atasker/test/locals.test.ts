import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { g, TaskSupervisor, threadLocal } from 'atasker';
import './support/leaks.ts';
import { collect } from './support/events.ts';
import { runNode } from './support/program.ts';
import { one, within } from './support/within.ts';
import { countVisits, writeAndExit, writeJournal } from './tasks/locals.ts';

const folder = mkdtempSync(join(tmpdir(), 'atasker-locals-'));
after(() => rmSync(folder, { recursive: true }));

test('g is a store of this thread', () => {
  assert.equal(g.has('a'), false);
  assert.deepEqual([g.get('a'), g.get('a', 'otherwise')], [undefined, 'otherwise']);
  g.set('a', undefined);
  g.set('b', 2);
  assert.deepEqual([g.has('a'), g.get('a', 1), g.get('b')], [true, undefined, 2]);
  g.clear('a');
  assert.deepEqual([g.has('a'), g.has('b')], [false, true]);
  g.clear();
  assert.equal(g.has('b'), false);
  assert.throws(() => g.set(1 as never, 1), { code: 'ERR_INVALID_OPTION' });
});

for (const tt of ['thread', 'process'] as const) {
  describe(`in a ${tt}`, () => {
    const options = { threadPool: { ...one, maxSize: 1 }, processPool: { ...one, maxSize: 1 } };

    test('g is kept between tasks', async () => {
      await within(options, async (supervisor) => {
        const visit = countVisits.with({ supervisor, tt });
        assert.deepEqual([await visit(), await visit()], [1, 2]);
        assert.equal(g.has('visits'), false);
      });
    });

    test('a threadLocal is created once, and disposed of when that retires: the last one first, and promises are awaited', async () => {
      const supervisor = new TaskSupervisor(options);
      const file = join(folder, `retired-${tt}`);
      const write = writeJournal.with({ supervisor, tt });
      assert.deepEqual([await write(file), await write(file)], [2, 2]);
      await supervisor.stop();
      assert.equal(readFileSync(file, 'utf8'), 'connection\njournal 1\n');
    });

    test('process.exit() disposes of it too, as far as that needs no event loop', async () => {
      await within(options, async (supervisor) => {
        const file = join(folder, `exited-${tt}`);
        await assert.rejects(writeAndExit.with({ supervisor, tt })(file), { code: 'ERR_TASK_LOST', exitCode: 5 });
        assert.equal(readFileSync(file, 'utf8'), 'journal 1\n');
      });
    });

    test('a dispose that throws is reported', async () => {
      const supervisor = new TaskSupervisor(options);
      const errors = collect(supervisor, 'error', 1);
      await writeJournal.with({ supervisor, tt })(join(folder, `${tt}-bad`));
      await supervisor.stop();
      const [{ error, source }] = (await errors) as [{ error: Error; source: string }];
      assert.deepEqual([error.message, source], ['cannot be closed', 'dispose of a threadLocal']);
    });
  });
}

describe('a threadLocal in the program itself', () => {
  test('is made at the first call, and again after it was disposed of', async () => {
    const disposed: number[] = [];
    let made = 0;
    const local = threadLocal(
      () => ++made,
      (value) => disposed.push(value),
    );
    assert.equal(made, 0);
    assert.deepEqual([local(), local()], [1, 1]);
    await local.dispose();
    await local.dispose();
    assert.equal(local(), 2);
    await local.dispose();
    assert.deepEqual(disposed, [1, 2]);
  });

  test('whose creation failed is tried again, even if it was a promise that rejected', async () => {
    let tries = 0;
    const fails = (): void => {
      tries += 1;
      if (tries < 3) throw new Error(`try ${tries}`);
    };
    const local = threadLocal(fails);
    assert.throws(local, { message: 'try 1' });
    assert.throws(local, { message: 'try 2' });
    local();
    await local.dispose();
    tries = 1;
    const later = threadLocal(async () => fails());
    await assert.rejects(later, { message: 'try 2' });
    await later();
    await later.dispose();
  });

  test('dispose() rejects with the error that the function dispose throws', async () => {
    const local = threadLocal(
      () => 1,
      () => Promise.reject(new Error('cannot be closed')),
    );
    local();
    await assert.rejects(local.dispose(), { message: 'cannot be closed' });
  });

  test('is disposed of when the program exits; what that throws is shown', async () => {
    const program = `import { threadLocal } from 'atasker';
      const bad = threadLocal(() => 1, () => { throw new Error('cannot be closed'); });
      const good = threadLocal(async () => 2, (value) => console.log('closed', value));
      const late = threadLocal(() => new Promise(() => {}), () => console.log('never'));
      await good(bad(late()));
      process.exitCode = 3;`;
    const { stdout, stderr, code } = await runNode(['--input-type=module', '-e', program]);
    assert.equal(stdout, 'closed 2\n');
    assert.match(stderr, /^TaskWarning: dispose of a threadLocal threw: Error: cannot be closed/);
    assert.equal(code, 3);
  });

  test('takes functions only', () => {
    assert.throws(() => threadLocal(1 as never), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => threadLocal(() => 1, 1 as never), { code: 'ERR_INVALID_OPTION' });
  });
});
