import { test } from 'node:test';
import { killPrograms } from '../support/kills.ts';

// More: sqlite-kills.test.ts, with npm run test:cluster
test(
  'a program that is killed in the midst of its work loses nothing that was promised',
  { timeout: 60_000 },
  async (t) => {
    const { added } = await killPrograms(8);
    t.diagnostic(`${added} tasks were accepted`);
  },
);
