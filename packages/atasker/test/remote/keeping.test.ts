import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { backgroundTask, TaskSupervisor } from 'atasker';
import '../support/leaks.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const MANY = 2_000;

/** Makes tasks of closures, which nothing refers to afterwards. */
function define(module: string): void {
  for (let n = 0; n < MANY; n += 1)
    backgroundTask(() => n, { name: `${module} ${n}`, module: `file:///${module}.mjs` });
}

test('a program that only submits tasks keeps no definitions, and one that runs tasks of others keeps all', async () => {
  const { remote } = new TaskSupervisor();
  const count = (module: string): number => remote.definitions().filter((name) => name.startsWith(module)).length;
  remote.checkNames();
  define('submits');
  await turn(); // what a turn has made may be kept until its end
  collect();
  await turn();
  assert.ok(count('submits') < 10);
  define('runs');
  await turn();
  collect();
  await turn();
  assert.equal(count('runs'), MANY);
});
