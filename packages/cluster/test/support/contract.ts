import { describe, test } from 'node:test';
import { appliesTo, storeContract, type StoreContractRow, type StoreSubject } from '@atasker/cluster/testing';

/** Registers a test for each row of the contract that applies, or for some of them. */
export function testStoreContract(
  title: string,
  subject: StoreSubject,
  isChosen: (row: StoreContractRow) => boolean = () => true,
): void {
  describe(`the contract of stores: ${title}`, () => {
    for (const row of storeContract.filter((each) => appliesTo(each, subject) && isChosen(each))) {
      test(`${row.group}: ${row.name}`, { timeout: 60_000 }, () => row.run(subject));
    }
  });
}
