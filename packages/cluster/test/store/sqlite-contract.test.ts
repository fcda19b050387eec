import { testStoreContract } from '../support/contract.ts';
import { makeProgramsPlace } from '../support/sqlite.ts';

testStoreContract('an SQLite file of several programs', { traits: ['suspend'], makePlace: makeProgramsPlace });
