import { isMainThread } from 'node:worker_threads';
import type { Restored } from '../role.ts';

/** Shows user code the arguments, flags and environment of the program instead of those that start a member. */
export function restore({ argv, execArgv, env }: Restored): void {
  process.argv = [process.execPath, 'atasker', ...argv];
  process.execArgv = [...execArgv];
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}

/**
 * A thread that a task has created inherits the flags of the member, including the flag that preloads the boot file.
 * The boot file does nothing in such a thread, so this function removes that flag from `process.execArgv`.
 */
export function forgetPreload(): void {
  if (!isMainThread && process.execArgv[0] === '--require') process.execArgv.splice(0, 2);
}
