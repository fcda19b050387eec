import { testContract } from '../contract/subjects.ts';
import { remoteThreads } from './subjects.ts';

testContract(remoteThreads, 'threads of another program');
