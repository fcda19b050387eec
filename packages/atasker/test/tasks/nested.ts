import { AsyncLocalStorage } from 'node:async_hooks';
import { backgroundTask, currentTask, isPoolThread, type Task } from 'atasker';
import { waitAt, type Gate } from '../support/gate.ts';
import { add, hold } from './basic.ts';

const ownId = backgroundTask(function ownId() {
  return currentTask().id;
});

export const callChild = backgroundTask(async function callChild(n: number) {
  return await add(n * 2, 1);
});

export const chain = backgroundTask(async function link(depth: number): Promise<number> {
  return depth === 1 ? 1 : (await chain(depth - 1)) + 1;
});

export const childFacts = backgroundTask(async function childFacts() {
  const low = add.with({ priority: 'low' })(1, 1);
  const critical = add.with({ priority: 'critical' })(1, 1);
  const detached = add.with({ priority: 'low', detached: true })(1, 1);
  const before = low.status;
  await Promise.all([low, critical, detached]);
  const own = ownId();
  return {
    priorities: { low: low.priority, critical: critical.priority, detached: detached.priority },
    statuses: [before, low.status],
    ids: [low, critical, detached, own].map((task) => task.id),
    childSawItsId: (await own) === own.id,
  };
});

const throwing = backgroundTask(function throwing() {
  throw Object.assign(new TypeError('of the child'), { code: 'E_CHILD' });
});

export const failingChild = backgroundTask(async function failingChild() {
  const task = throwing();
  try {
    await task;
    return null;
  } catch (error) {
    const { message, code } = error as Error & { code: string };
    return { isTypeError: error instanceof TypeError, message, code, status: task.status };
  }
});

const dying = backgroundTask(async function dying(how: 'exit' | 'throw', began: BigInt64Array) {
  began[0] = process.hrtime.bigint();
  if (how === 'exit') process.exit(1);
  setImmediate(() => {
    throw new Error('aside');
  });
  await new Promise(() => {});
});

/** Goes on when its child has died. Gives the times when that began and when it ends itself, as `timeHere` does. */
export const surviveChild = backgroundTask(async function surviveChild(how: 'exit' | 'throw') {
  const began = new BigInt64Array(new SharedArrayBuffer(8));
  await dying(how, began).catch(() => {});
  return [began[0]!, process.hrtime.bigint()] as const;
});

/** In nanoseconds, the same in each thread. */
export const timeHere = backgroundTask(function timeHere() {
  return process.hrtime.bigint();
});

const forEver = backgroundTask(async function forEver() {
  await new Promise((_resolve, reject) => {
    const { signal } = currentTask();
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
});

export const waitForChildren = backgroundTask(async function waitForChildren(how: 'cancel' | 'signal') {
  const controller = new AbortController();
  const task = forEver.with({ signal: controller.signal })();
  if (how === 'cancel') task.cancel('mine');
  else controller.abort('signal');
  try {
    await task;
    return null;
  } catch (error) {
    const { name, code, cause } = error as Error & { code: string };
    return [name, code, cause, task.status];
  }
});

const grandchild = backgroundTask(async function grandchild() {
  await forEver.fn();
});

const middle = backgroundTask(async function middle() {
  await grandchild();
});

const waiting = backgroundTask(
  function wait(gate: Gate) {
    waitAt(gate);
  },
  { name: 'wait detached', detached: true },
);

export const grandparent = backgroundTask(async function grandparent(gate: Gate) {
  waiting(gate);
  await middle();
});

const isInPool = backgroundTask(() => isPoolThread, { tt: 'async', name: 'isInPool' });

export const withAsyncChild = backgroundTask(async function withAsyncChild() {
  return { child: await isInPool(), parent: isPoolThread };
});

/** Its child is defined in a module that it loads when it may pass the gate. */
export const withUnknownChild = backgroundTask(async function withUnknownChild(gate: Gate) {
  waitAt(gate);
  const { isInPool: child } = await import('./only-in-threads.ts');
  return await child();
});

export const parentOfMany = backgroundTask(async function parentOfMany(n: number, count: number) {
  const results = await Promise.all(Array.from({ length: count }, (_, index) => add(n, index)));
  return results.reduce((sum, each) => sum + each, 0);
});

/** Calls children that wait at the gate, and waits for them. */
export const holdChildren = backgroundTask(async function holdChildren(gate: Gate, count: number) {
  await Promise.all(Array.from({ length: count }, () => hold(gate)));
});

export const mapChildren = backgroundTask(async function mapChildren(values: number[]) {
  return await callChild.map(values);
});

export const sharedCallback = backgroundTask(function sharedCallback() {
  const store = new AsyncLocalStorage<string>();
  return new Promise<string>((resolve) => {
    const callback = (result: number, task: Task): void =>
      resolve(`callback got ${result} ${task.isCompleted() ? 'in' : 'without'} ${store.getStore()}`);
    store.run('context', () => void add.with({ callback })(1, 2));
  });
});

/** Calls a child that waits at the gate, and does not wait for it. */
export const startAndForget = backgroundTask(async function startAndForget(gate: Gate) {
  hold(gate, 3);
  return 'gone';
});

export const startWithoutEnd = backgroundTask(async function startWithoutEnd() {
  forEver();
});

export const lateChild = backgroundTask(async function lateChild() {
  await new Promise((resolve) => void setImmediate(resolve));
  const child = add(1, 2);
  await new Promise((resolve) => void setImmediate(resolve));
  return await child;
});

/** Waits until a call of it is taken, and for its result. */
export const acceptedInside = backgroundTask(async function acceptedInside() {
  const task = child(3);
  await task.accepted;
  return task;
});

const child = backgroundTask(function child(n: number) {
  return n;
});

/** How `accepted` of a call goes that cannot leave its thread. */
export const refusedInside = backgroundTask(async function refusedInside() {
  const { accepted } = child((() => {}) as never);
  return accepted.catch((error: { code: string }) => error.code);
});
