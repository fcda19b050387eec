import { testStoreContract } from '../support/contract.ts';
import { makeSqlitePlace } from '../support/sqlite.ts';

testStoreContract('an SQLite file', { traits: [], makePlace: makeSqlitePlace });
