import { readFileSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { backgroundTask, backgroundWorker, currentTask, g, isPoolThread, Locker, taskSupervisor } from 'atasker';
import { waitAt, waitHereAt, type Gate } from '../support/gate.ts';

/** A thread evaluates this, too: there it makes nothing. */
const module = taskSupervisor.createAloop('of a module', { start: false, daemon: true });

export const onModuleLoop = module.backgroundTask(async function onModuleLoop(n: number) {
  await Promise.resolve();
  return { n, isPoolThread, name: currentTask().name, loops: taskSupervisor.getInfo().aloops.length };
});

/** Arrives at the gate, and returns what has happened in this thread meanwhile. */
export const meet = backgroundTask(async function meet(gate: Gate) {
  const { id } = currentTask();
  await waitHereAt(gate);
  g.set('met', g.get('met', 0) + 1);
  return { threadId, isSame: currentTask().id === id, met: g.get('met', 0) };
});

/** Lets other tasks begin, and then runs synchronous code until its signal aborts. */
export const spinBeside = backgroundTask(async function spinBeside(gate: Gate) {
  await waitHereAt(gate);
  const { signal } = currentTask();
  while (!signal.aborted);
  return `${(signal.reason as Error).name} heard`;
});

/** Blocks the event loop when the gate opens, for ever. */
export const blockAt = backgroundTask(async function blockAt(gate: Gate) {
  await waitHereAt(gate);
  for (;;);
});

export const failAt = backgroundTask(async function failAt(gate: Gate, message: string) {
  await waitHereAt(gate);
  throw new RangeError(message);
});

/** Causes an uncaught error outside of its own promise. */
export const strayAt = backgroundTask(async function strayAt(gate: Gate, message: string) {
  await waitHereAt(gate);
  setImmediate(() => {
    throw new RangeError(message);
  });
  await new Promise(() => {});
});

export const exitLoopAt = backgroundTask(async function exitLoopAt(gate: Gate) {
  await waitHereAt(gate);
  process.exit(7);
});

export const blockUntil = backgroundTask(function blockUntil(gate: Gate) {
  waitAt(gate);
  return 'blocked';
});

export const threadOf = backgroundTask(async function threadOf() {
  return threadId;
});

/** Where its children run. */
export const callOthers = backgroundTask(async function callOthers(loop: string) {
  const beside = await threadOf.with({ loop })();
  const inPool = await threadOf();
  const main = await threadOf.with({ loop: '__supervisor__' })();
  return { own: threadId, beside, inPool, main };
});

export const stopFromInside = backgroundTask(async function stopFromInside(loop: string) {
  return await taskSupervisor
    .getAloop(loop)!
    .stop()
    .catch((error: unknown) => (error as { code: string }).code);
});

/** A plain function, which the loop of its options can find because this is a module. */
export const plainWorker = backgroundWorker(
  async function plain(gate: Gate, job: string) {
    await waitHereAt(gate);
    return [threadId, job];
  },
  { loop: 'io', event: true, name: 'plain on a loop' },
);

const turns = new Locker({ name: 'turns', timeout: '5m' });

/** Reads, lets others have a turn, and writes. */
export const countWithLock = backgroundTask(async function countWithLock(file: string, times: number) {
  for (let done = 0; done < times; done += 1) {
    await turns.run(async () => {
      const counted = Number(readFileSync(file, 'utf8'));
      await new Promise((resolve) => void setImmediate(resolve));
      writeFileSync(file, String(counted + 1));
    });
  }
});
