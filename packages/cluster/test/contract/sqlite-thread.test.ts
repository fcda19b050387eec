import { testContract } from './subjects.ts';

testContract('thread', 'sqlite');
