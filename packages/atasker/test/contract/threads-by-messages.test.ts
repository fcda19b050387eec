import { testContract, threadsByMessages } from './subjects.ts';

testContract(threadsByMessages, 'thread by messages');
