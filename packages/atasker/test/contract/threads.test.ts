import { threads, testContract } from './subjects.ts';

testContract(threads);
