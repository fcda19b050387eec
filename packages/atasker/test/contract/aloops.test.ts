import { aloop, testContract } from './subjects.ts';

testContract(aloop, 'aloop');
