import { testContract } from '../contract/subjects.ts';
import { remoteProcesses } from './subjects.ts';

testContract(remoteProcesses, 'processes of another program');
