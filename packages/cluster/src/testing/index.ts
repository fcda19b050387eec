/** `@atasker/cluster/testing`: for those who write a store. */
export { storeContract } from './contract/index.ts';
export { appliesTo, type StoreContractRow } from './contract/row.ts';
export type { StorePlace, StoreSubject } from './contract/subject.ts';
