import assert from 'node:assert/strict';
import { execFileSync, type ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { TaskStatus, type Task, type TaskError, type TaskSupervisor } from 'atasker';
import { MessageReader } from '../src/pool/channels/boot/framing.ts';
import './support/leaks.ts';
import { one, within } from './support/within.ts';
import { CALLS_A_CHILD, same, step, stepToDeath, stepWithChild, STOPPED } from './tasks/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'atasker-ahead-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
let journal = '';
let pipe = '';

function newFiles(): void {
  count += 1;
  journal = join(folder, `journal-${count}`);
  pipe = join(folder, `pipe-${count}`);
  execFileSync('mkfifo', [pipe]);
  writeFileSync(journal, '');
}
beforeEach(newFiles);

/** How many tasks were prefetched to each process, by its number, and how many messages were sent in all. */
const ahead = new Map<number, number>();
let messages = 0;

const noteProcess = (message: unknown): void => {
  const child = (message as { process: ChildProcess }).process;
  queueMicrotask(() => countAhead(child)); // it has no channel yet
};
before(() => subscribe('child_process', noteProcess));
after(() => unsubscribe('child_process', noteProcess));
afterEach(() => ahead.clear());

/** Reads along what goes to the process through its socket. */
function countAhead(child: ChildProcess): void {
  const socket = child.stdio[3] as Socket;
  const reader = new MessageReader((message) => {
    const { type, runs } = message as { type?: string; runs: string };
    if (type === 'prefetch') ahead.set(child.pid!, sentAhead(child.pid!) + runs.split('\n').length - 1);
    messages += 1;
  });
  const write = socket.write.bind(socket) as (chunk: Buffer) => boolean;
  socket.write = ((chunk: Buffer) => {
    reader.add(chunk);
    return write(chunk);
  }) as typeof socket.write;
}

const sentAhead = (pid: number): number => ahead.get(pid) ?? 0;

/** What ran: the numbers, and where. */
function ran(): { readonly pid: number; readonly n: number }[] {
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => line.split(' ').map(Number)).map(([pid, n]) => ({ pid: pid!, n: n! }));
}

/** The numbers of what ran, without those of the warm-up. */
const started = (): number[] =>
  ran()
    .map(({ n }) => n)
    .filter((n) => n >= 0);

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Without prefetching the loops below would never end. */
const PATIENCE_MS = 60_000;

/** Calls tasks until the pool knows that they are short enough to be prefetched. */
async function warmUp(call: (n: number) => Task<number>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  ahead.clear();
  while (ahead.size === 0) {
    assert.deepEqual(await Promise.all(numbers(-100, 0).map(call)), numbers(-100, 0));
    assert.ok(Date.now() < giveUpAt, 'no task is sent ahead');
  }
  ahead.clear();
}

/** Values that do not cross as small texts. */
const OTHER_VALUES: Readonly<Record<string, (n: number) => unknown>> = {
  'small Buffers': (n) => Buffer.alloc(1_000, n),
  'large Buffers': (n) => Buffer.alloc(50_000, n),
  'long texts': (n) => `${n} ${'é'.repeat(5_000)}`,
  'maps of dates': (n) => new Map([['date', new Date(n)]]),
  'views beside other values': (n) => ({ n, view: new Float64Array(1_000).fill(n), none: undefined }),
  'objects with many properties': (n) => Object.fromEntries(numbers(0, 300).map((key) => [`key ${key}`, n])),
};

/** More tasks than may be prefetched. */
const OTHERS = numbers(1, 101);

interface Behind {
  readonly first: Task<number>;
  readonly others: Task<number>[];
  /** The process of the first. */
  readonly pid: number;
}

/** A task that blocks its process, and other tasks, some of which were prefetched to that process. */
async function behindOne(supervisor: TaskSupervisor, signal?: typeof STOPPED): Promise<Behind> {
  const run = step.with({ supervisor });
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    assert.ok(Date.now() < giveUpAt, 'no task is sent ahead');
    await warmUp((n) => run(n, journal));
    const first = run(0, journal, signal ?? pipe);
    while (!started().includes(0)) await new Promise(setImmediate);
    const others = OTHERS.map((n) => run(n, journal));
    const { pid } = ran().find(({ n }) => n === 0)!;
    if (sentAhead(pid) > 0) return { first, others, pid };
    if (signal === undefined) await writeFile(pipe, 'go'); // on a busy machine they did not look short at this moment
    else process.kill(pid, 'SIGCONT');
    await Promise.all([first, ...others]);
    newFiles();
  }
}

describe('short tasks are prefetched to processes:', () => {
  test('many at a time, in order, and each runs once', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const run = step.with({ supervisor });
      await warmUp((n) => run(n, journal));
      const all = numbers(0, 2_000);
      messages = 0;
      assert.deepEqual(await Promise.all(all.map((n) => run(n, journal))), all);
      assert.ok(messages < all.length / 2, `${messages} messages for ${all.length} tasks`);
      assert.deepEqual(started(), all);
      assert.ok([...ahead.values()].reduce((sum, sent) => sum + sent, 0) > 0);
    });
  });

  test('many at a time, also if fewer are called at a time than a process may be sent', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const run = same.with({ supervisor });
      const callOneByOne = async (times: number): Promise<void> => {
        for (let n = 0; n < times; n += 1) await run(n);
      };
      const calls = 4_000;
      const callAll = async (): Promise<unknown> =>
        await Promise.all(numbers(0, 32).map(async () => await callOneByOne(calls / 32)));
      await callAll(); // the function is known as short, and compiled
      messages = 0;
      await callAll();
      assert.ok(messages < calls / 3, `${messages} messages for ${calls} tasks`);
    });
  });

  for (const [what, make] of Object.entries(OTHER_VALUES)) {
    test(`with ${what} as arguments and results too, each with its own`, async () => {
      await within({ processPool: one }, async (supervisor) => {
        const run = same.with({ supervisor });
        const giveUpAt = Date.now() + PATIENCE_MS;
        for (let from = 0; ahead.size === 0; from += 100) {
          const values = numbers(from, from + 100).map(make);
          assert.deepEqual(await Promise.all(values.map((value) => run(value))), values);
          assert.ok(Date.now() < giveUpAt, 'no task is sent ahead');
        }
      });
    });
  }

  test('no more than 256 KB of arguments at a time', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const run = same.with({ supervisor });
      const giveUpAt = Date.now() + PATIENCE_MS;
      for (let prefetched = 0; prefetched === 0;) {
        assert.ok(Date.now() < giveUpAt, 'no task is sent ahead');
        await Promise.all(numbers(0, 200).map((n) => run(n)));
        const { first, others, pid } = await behindOne(supervisor);
        for (const task of others) task.cancel();
        await Promise.allSettled(others);
        ahead.clear();
        const large = numbers(0, 20).map((n) => run(Buffer.alloc(100_000, n)));
        prefetched = sentAhead(pid);
        assert.ok(prefetched <= 2, `${prefetched} tasks with 100 KB each`);
        await writeFile(pipe, 'go');
        await first;
        assert.deepEqual(
          (await Promise.all(large)).map((value) => (value as Buffer)[0]),
          numbers(0, 20),
        );
        newFiles();
      }
    });
  });

  test('tasks behind one that turns out to be long run elsewhere, even though it blocks its process', async () => {
    await within({ processPool: { ...one, poolSize: 2 } }, async (supervisor) => {
      const { first, others, pid } = await behindOne(supervisor);
      assert.deepEqual(await Promise.all(others), OTHERS);
      assert.ok(sentAhead(pid) > 0);
      assert.equal(first.isCompleted(), false);
      await writeFile(pipe, 'go');
      assert.equal(await first, 0);
      const runs = ran().filter(({ n }) => n >= 0);
      assert.equal(runs.length, 1 + OTHERS.length);
      assert.deepEqual(
        runs.filter((run) => run.pid === pid),
        [{ pid, n: 0 }],
      );
    });
  });

  test('a prefetched task that is cancelled ends at once and never runs', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const { first, others, pid } = await behindOne(supervisor);
      assert.ok(sentAhead(pid) > 0);
      for (const task of others) assert.equal(task.cancel('not needed'), true);
      const ends = await Promise.allSettled(others);
      assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set(['rejected']));
      for (const task of others) assert.deepEqual([task.status, task.timeStarted], [TaskStatus.canceled, null]);
      assert.equal(first.isCompleted(), false);
      await writeFile(pipe, 'go');
      assert.equal(await first, 0);
      assert.deepEqual(
        ran().filter(({ n }) => n > 0),
        [],
      );
    });
  });

  test('a more urgent task goes before those that have been prefetched already', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const { first, others } = await behindOne(supervisor);
      const urgent = step.with({ supervisor, priority: 'high' })(99, journal);
      const [next, ...rest] = others;
      next!.cancel();
      await assert.rejects(next!); // then the process has also answered all earlier requests
      await writeFile(pipe, 'go');
      await Promise.all([first, urgent, ...rest]);
      assert.deepEqual(started().slice(0, 2), [0, 99]);
    });
  });

  test('a prefetched task that gets a higher priority goes before the others', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const { first, others } = await behindOne(supervisor);
      const [next, second] = others as [Task<number>, Task<number>];
      assert.equal(second.setPriority('high'), true);
      assert.equal(second.priority, 'high');
      next.cancel();
      await assert.rejects(next);
      await writeFile(pipe, 'go');
      await Promise.allSettled([first, ...others]);
      assert.deepEqual(started(), [0, 2, ...OTHERS.slice(2)]);
    });
  });

  test('when a process dies only the task that had begun is lost: the others run elsewhere, once', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const run = stepToDeath.with({ supervisor });
      await warmUp((n) => run(n, journal, 200));
      const all = numbers(0, 400);
      const ends = await Promise.allSettled(all.map((n) => run(n, journal, 200)));
      const { reason } = ends[200] as PromiseRejectedResult;
      assert.equal((reason as TaskError).code, 'ERR_TASK_LOST');
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 399);
      assert.deepEqual(started(), all);
    });
  });

  test(
    'while a task waits for its child, those that were sent there ahead run elsewhere',
    { timeout: 60_000 },
    async () => {
      await within({ processPool: { ...one, poolSize: 2, startTimeout: '1h' } }, async (supervisor) => {
        const run = stepWithChild.with({ supervisor });
        for (;;) {
          await warmUp((n) => run(n, journal));
          const first = run(0, journal, pipe);
          const others = OTHERS.map((n) => run(n, journal));
          assert.deepEqual(await Promise.all(others), OTHERS);
          assert.equal(first.isCompleted(), false);
          const waits = ran().find(({ n }) => n === CALLS_A_CHILD); // on a busy machine it may not have begun yet
          const wasSentAhead = waits !== undefined && sentAhead(waits.pid) > 0;
          await writeFile(pipe, 'go');
          assert.equal(await first, 0);
          if (wasSentAhead) return;
          newFiles(); // on a busy machine the tasks did not look short at this moment
        }
      });
    },
  );

  test('prefetched tasks count as waiting, and are not started before their turn', async () => {
    await within({ processPool: one }, async (supervisor) => {
      const { first, others } = await behindOne(supervisor);
      const { running, queued } = supervisor.getInfo().pools.process!;
      assert.deepEqual([running, queued.normal], [1, OTHERS.length]);
      for (const task of others) assert.equal(task.status, TaskStatus.queued);
      await writeFile(pipe, 'go');
      await Promise.all([first, ...others]);
      assert.deepEqual(started(), [0, ...OTHERS]);
    });
  });

  test('a process that does not answer at all is ended, and its prefetched tasks run elsewhere', async () => {
    await within({ processPool: { ...one, startTimeout: '2s' } }, async (supervisor) => {
      const { first, others } = await behindOne(supervisor, STOPPED);
      await assert.rejects(first, { code: 'ERR_TASK_LOST' });
      assert.deepEqual(await Promise.all(others), OTHERS);
    });
  });
});
