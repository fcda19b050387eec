import { checkFunction } from '../common/check.ts';
import { isPoolThread } from '../common/role.ts';
import { setMainIsWhole } from './registry.ts';
import { neverSettles } from './standstill.ts';

/**
 * Runs the body of a program that consists of a single file, in the program's own thread and never in a pool thread. A
 * pool thread then evaluates the whole file, so tasks may use anything that is declared in the file.
 *
 * @returns what the body returns; in a pool thread a promise that never settles.
 * @example
 * const fib = backgroundTask((n: number): number => (n < 2 ? n : fib.fn(n - 1) + fib.fn(n - 2)));
 * main(async () => console.log(await fib(30)));
 */
export async function main<T>(body: () => T | PromiseLike<T>): Promise<T> {
  checkFunction('main', body);
  if (isPoolThread) return neverSettles('main()');
  setMainIsWhole();
  return await body();
}
