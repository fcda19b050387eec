import { testContract } from './subjects.ts';

testContract('thread', 'memory');
