import { testContract } from './subjects.ts';

testContract('async', 'sqlite');
