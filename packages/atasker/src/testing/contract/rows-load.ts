import assert from 'node:assert/strict';
import { failsWith } from './ends.ts';
import { callIn } from './modules.ts';
import { rows, type RowBody } from './row.ts';
import { add } from './tasks.ts';

/** Modules that never get as far as to define a task, and what Node.js, Bun or Deno says of each. */
const broken: readonly (readonly [what: string, source: string | null, message: RegExp])[] = [
  ['that is missing', null, /Cannot find module|Module not found/],
  ['with a syntax error', 'const =', /Unexpected token|Expected identifier/],
  ['with a dependency that is missing', "import 'atasker-no-such-package';", /Cannot find package|not a dependency/],
  ['that throws', "throw new Error('no database here');", /no database here/],
  ['that throws a value that is not an error', "throw 'no database here';", /no database here/],
  ['that does not make the definition', '', /defined only no task there/],
  ['that calls process.exit', 'process.exit(0);', /called process\.exit\(\)/],
];

const endless: readonly (readonly [what: string, source: string])[] = [
  ['an endless loop', 'for (;;);'],
  ['an endless await', 'await new Promise(() => {});'],
];

export const loadRows = rows('start and load', [
  ...broken.map(([what, source, message]): RowBody => ({
    name: `a module ${what} fails its own tasks`,
    needs: ['ends'],
    run: async (pool) => {
      await using call = await callIn(pool, source);
      const error = await failsWith(call.task, 'ERR_TASK_LOAD');
      assert.match(error.message, message);
      assert.equal(error['module'], call.module);
      assert.equal(error.cause === undefined, source === '');
    },
  })),
  ...endless.map(([what, source]): RowBody => ({
    name: `a module with ${what} fails its own task after startTimeout`,
    needs: ['ends'],
    pool: { startTimeout: 1500 },
    run: async (pool) => {
      await using call = await callIn(pool, source);
      const error = await failsWith(call.task, 'ERR_TASK_LOAD');
      assert.match(error.message, /did not define defined\d+ within 1500 ms; it had defined no task/);
    },
  })),
  {
    name: 'if no thread or process can start, the pool is broken after a few attempts, until its options change',
    needs: ['ends', 'near'],
    isNoisy: true,
    pool: { execArgv: ['--no-such-flag'], maxQueue: 1, whenFull: 'wait' },
    run: async ({ on, supervisor, configure }) => {
      let starts = 0;
      for (const event of ['threadStarted', 'processStarted'] as const) supervisor.on(event, () => (starts += 1));
      const errors: Error[] = [];
      supervisor.on('poolBroken', ({ error }) => errors.push(error));
      const tasks = Array.from({ length: 5 }, () => add.with(on)(1, 2)); // all of them, also those beyond maxQueue
      for (const task of tasks) {
        const error = await failsWith(task, 'ERR_POOL_BROKEN');
        assert.ok(error.cause instanceof Error);
        assert.ok(error.message.endsWith(error.cause.message));
      }
      assert.equal(errors.length, 1);
      assert.ok(starts <= 6 * 3, `${starts} starts`);
      configure({ execArgv: [], maxQueue: Infinity });
      assert.equal(await add.with(on)(1, 2), 3);
    },
  },
]);
