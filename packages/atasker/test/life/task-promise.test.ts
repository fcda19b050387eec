import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { backgroundTask, CanceledError, type Task } from 'atasker';
import { runNode } from '../support/program.ts';
import '../support/leaks.ts';
import { within } from '../support/within.ts';

export const answer = backgroundTask((value: unknown) => value);
export const fail = backgroundTask((text: string): never => {
  throw new RangeError(text);
});
const here = answer.with({ tt: 'async' });
const failHere = fail.with({ tt: 'async' });

/** Every way in which a program waits for a promise. */
const WAITS: Readonly<Record<string, (task: Task) => Promise<unknown>>> = {
  await: async (task) => await task,
  'return from an async function': async (task) => task,
  'a call of then': (task) => task.then((value) => value),
  'catch and then': (task) => task.catch((error: unknown) => Promise.reject(error as Error)),
  finally: (task) => task.finally(() => {}),
  'Promise.resolve': (task) => Promise.resolve(task),
  'Promise.all': async (task) => (await Promise.all([task, task]))[0],
  'Promise.any': async (task) => {
    try {
      return await Promise.any([task, Promise.reject(new Error('another'))]);
    } catch (error) {
      throw (error as AggregateError).errors[0];
    }
  },
  'Promise.race': (task) => Promise.race([task, new Promise(() => {})]),
  'new Promise': (task) => new Promise((resolve) => resolve(task)),
};

describe('a task is a promise:', () => {
  test('it is an instance of Promise, with the methods and the tag of a task', async () => {
    await within({}, async (supervisor) => {
      const task = here.with({ supervisor })(1);
      assert.ok(task instanceof Promise);
      assert.equal(Object.prototype.toString.call(task), '[object Task]');
      assert.equal(await task, 1);
    });
  });

  for (const [way, wait] of Object.entries(WAITS)) {
    for (const moment of ['before its end', 'after its end'] as const) {
      test(`${way} gives the outcome, ${moment}`, async () => {
        await within({}, async (supervisor) => {
          const [good, bad] = [here.with({ supervisor })(7), failHere.with({ supervisor })('no')];
          const canceled = here.with({ supervisor, delay: 60_000 })(8);
          if (moment === 'after its end') {
            canceled.cancel('enough');
            await Promise.allSettled([here.with({ supervisor })(0)]);
            while (!good.isCompleted() || !bad.isCompleted()) await new Promise(setImmediate);
          }
          const ends = Promise.all([
            wait(good),
            assert.rejects(wait(bad), { name: 'RangeError', message: 'no' }),
            assert.rejects(wait(canceled), CanceledError),
          ]);
          canceled.cancel('enough');
          assert.equal((await ends)[0], 7);
        });
      });
    }
  }

  test('who waits twice gets the same error, and who waits for nothing gets none', async () => {
    await within({}, async (supervisor) => {
      const task = failHere.with({ supervisor })('once');
      const [first, second] = await Promise.allSettled([task, task]);
      assert.equal((first as PromiseRejectedResult).reason, (second as PromiseRejectedResult).reason);
      assert.equal(task.error, (first as PromiseRejectedResult).reason);
    });
  });
});

/** A program in which nobody awaits a task that fails; `look` is all that it does with the task. */
const program = (look: string): string => `
  import { backgroundTask } from 'atasker';
  import { inspect } from 'node:util';
  const fail = backgroundTask(() => { throw new RangeError('nobody waits'); }, { tt: 'async' });
  const look = (task) => { ${look} };
  const task = fail();
  look(task);
  while (!task.isCompleted()) await new Promise(setImmediate);
  look(task);
`;

const LOOKS: Readonly<Record<string, { readonly look: string; readonly warns: boolean }>> = {
  'who does nothing': { look: '', warns: true },
  'who prints it': { look: 'console.log(task); inspect(task, { depth: 9 });', warns: true },
  'who writes it as JSON': { look: 'JSON.stringify(task);', warns: true },
  'who reads its state': { look: 'void task.status, task.info(), task.id, task.result;', warns: true },
  'who asks the prototype for its constructor': { look: 'Object.getPrototypeOf(task).constructor;', warns: true },
  'who asks for its constructor': { look: 'task.constructor;', warns: false },
};

describe('a failure that nobody awaits does not end the program:', () => {
  for (const [who, { look, warns }] of Object.entries(LOOKS)) {
    test(`${who} ${warns ? 'gets a warning' : 'counts as an observer'}`, async () => {
      const { code, stderr } = await runNode(['--input-type=module', '--eval', program(look)]);
      assert.equal(code, 0, stderr);
      assert.equal(stderr.includes('UnobservedTaskError'), warns, stderr);
    });
  }

  test('the rejection of a promise that was made from it is unhandled, as of any promise', async () => {
    const { code, stderr } = await runNode(['--input-type=module', '--eval', program('task.then(() => {});')]);
    assert.notEqual(code, 0);
    assert.match(stderr, /RangeError: nobody waits/);
  });

  test('printing a task that goes on later is still awaited', async () => {
    await within({}, async (supervisor) => {
      const task = here.with({ supervisor })(3);
      assert.match(inspect(task), /^Task \{/);
      assert.equal(await task, 3);
    });
  });
});
