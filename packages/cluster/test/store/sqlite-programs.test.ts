import { testStoreContract } from '../support/contract.ts';
import { makeProgramsPlace } from '../support/sqlite.ts';

// All rows: sqlite-contract.test.ts, with npm run test:cluster
const subject = { traits: ['suspend'], makePlace: makeProgramsPlace } as const;
testStoreContract('an SQLite file of several programs', subject, ({ group }) => group === 'leases');
