import { testContract } from './subjects.ts';

testContract('process', 'memory');
