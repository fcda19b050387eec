import { addRows } from './rows-add.ts';
import { cancelRows } from './rows-cancel.ts';
import { claimRows } from './rows-claim.ts';
import { countRows } from './rows-counts.ts';
import { delayRows } from './rows-delays.ts';
import { endRows } from './rows-ends.ts';
import { leaseRows } from './rows-leases.ts';
import type { StoreContractRow } from './row.ts';

/**
 * What every store must do, as rows that only need `node:assert`. Each row has a place of its own, in which one or more
 * programs have a store open.
 *
 * @example
 * for (const row of storeContract.filter((each) => appliesTo(each, subject))) {
 *   test(`${row.group}: ${row.name}`, { timeout: 60_000 }, () => row.run(subject));
 * }
 */
export const storeContract: readonly StoreContractRow[] = [
  ...addRows,
  ...claimRows,
  ...delayRows,
  ...endRows,
  ...leaseRows,
  ...cancelRows,
  ...countRows,
];
