import { testContract } from '../contract/subjects.ts';
import { remoteAsync } from './subjects.ts';

testContract(remoteAsync, 'async of another program');
