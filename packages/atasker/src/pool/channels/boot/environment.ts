import { isMainThread } from 'node:worker_threads';
import type { Restored } from '../role.ts';

/** Shows user code the arguments, flags and environment of the program, not those that start a member. */
export function restore({ argv, execArgv, env }: Restored): void {
  process.argv = [process.execPath, 'atasker', ...argv];
  process.execArgv = [...execArgv];
  for (const [name, value] of Object.entries(env)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}

/** A thread that a task has made inherits the flags of its own thread, and ours with them: they do nothing there. */
export function forgetPreload(): void {
  if (!isMainThread && process.execArgv[0] === '--require') process.execArgv.splice(0, 2);
}
