import { describe, test } from 'node:test';
import { appliesTo, storeContract, type StoreSubject } from '@atasker/cluster/testing';

/** Registers a test for each row of the contract that applies. */
export function testStoreContract(title: string, subject: StoreSubject): void {
  describe(`the contract of stores: ${title}`, () => {
    for (const row of storeContract.filter((each) => appliesTo(each, subject))) {
      test(`${row.group}: ${row.name}`, { timeout: 60_000 }, () => row.run(subject));
    }
  });
}
