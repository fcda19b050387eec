import { spawn } from 'node:child_process';
import { backgroundTask, currentTask, taskSupervisor } from 'atasker';
import { thrown } from '../../src/testing/contract/thrown.ts';
import { fine, refused } from '../../src/testing/contract/values.ts';

export { PaymentError } from '../../src/testing/contract/thrown.ts';

/** Errors of which each has all others in its properties. */
function tangled(): unknown {
  const errors = Array.from({ length: 30 }, (_, n) => new Error(`error ${n}`));
  for (const error of errors) Object.assign(error, Object.fromEntries(errors.entries()));
  return errors[0];
}

const kinds = { ...thrown, tangled, given: (own?: unknown) => own };

export const throwing = backgroundTask(function throwing(kind: keyof typeof kinds, own?: unknown) {
  throw kinds[kind](own);
});

export const returning = backgroundTask(function returning(kind: keyof typeof values) {
  return values[kind]();
});

const values = { ...refused, fine };

/** Leaves a rejected promise that is not handled, and returns. */
export const rejectAside = backgroundTask(async function rejectAside() {
  void Promise.reject(new Error('aside'));
  await new Promise((resolve) => void setImmediate(resolve));
  return 'returned';
});

/** Returns, and then does something to its thread. */
export const thenHarm = backgroundTask(function thenHarm(harm: 'exit' | 'block') {
  setImmediate(() => {
    if (harm === 'exit') process.exit(0);
    for (;;);
  });
  return 'returned';
});

/** Starts a process that outlives this one, with the same standard error, and returns its id. */
export const leaveChild = backgroundTask(function leaveChild() {
  const args = ['--eval', 'setTimeout(() => {}, 60_000)'];
  return spawn(process.execPath, args, { detached: true, stdio: 'inherit' }).pid!;
});

const never = backgroundTask(async function never() {
  await new Promise(() => {});
});

/** Starts a first child only after an `await`, and that one cannot be sent. */
export const badFirstChild = backgroundTask(async function badFirstChild() {
  await Promise.resolve();
  const first = await echoBack(() => {}).catch((error: Error & { code: string }) => error.code);
  return [first, await echoBack('second')];
});

const echoBack = backgroundTask(function echoBack(value: unknown) {
  return value;
});

/** Hears that it is cancelled, and starts one more child. */
export const childInGrace = backgroundTask(async function childInGrace() {
  const { signal } = currentTask();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  never();
  await new Promise(() => {});
});

/** The same, with one that would go on without it, and then waits for that. */
export const detachedChildInGrace = backgroundTask(async function detachedChildInGrace() {
  const { signal } = currentTask();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await never.with({ detached: true })();
});

export const awaitStop = backgroundTask(async function awaitStop() {
  await taskSupervisor.stop();
});

export const badCallback = backgroundTask(async function badCallback() {
  const callback = (): never => {
    throw new Error('callback in the thread');
  };
  await echoBack.with({ callback })(1);
  await echoBack.with({ callback: () => Promise.reject(new Error('async callback in the thread')) })(1);
  return 'unharmed';
});
