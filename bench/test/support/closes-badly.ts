/** Prints what closingFault says of a pool that fails as it closes in the way that the first argument names. */
import type { Pool } from '../../src/contenders/contender.ts';
import { closingFault } from '../../src/rows/pool-row.ts';

const WAYS: Readonly<Record<string, () => Promise<void>>> = {
  well: async () => {},
  throws: () =>
    new Promise((resolve) => {
      setImmediate(() => {
        resolve();
        throw new Error('an unexpected message');
      });
    }),
  late: () => {
    setImmediate(() => {
      throw new Error('an unexpected message');
    });
    return Promise.resolve();
  },
  rejects: () => Promise.reject(new Error('an unexpected message')),
  never: () => new Promise(() => {}),
};

const pool: Pool = {
  run: async () => 0,
  runUrgent: async () => 0,
  echo: async () => 0,
  close: WAYS[process.argv[2]!]!,
};
console.log(await closingFault(pool));
