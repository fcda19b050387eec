import { processes, testContract } from './subjects.ts';

testContract(processes);
