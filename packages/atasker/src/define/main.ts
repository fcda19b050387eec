import { checkFunction } from '../common/check.ts';
import { isPoolThread } from '../common/role.ts';
import { setMainIsWhole } from './registry.ts';
import { neverSettles } from './standstill.ts';

/**
 * Runs the body of a program that is a single file: in the program's own thread, never in a pool thread.
 * With it the file is evaluated whole in a thread, so tasks may use what is declared anywhere in it.
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
