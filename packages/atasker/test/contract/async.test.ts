import { eventLoop, testContract } from './subjects.ts';

testContract(eventLoop);
