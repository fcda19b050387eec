import { test } from 'node:test';
import { killPrograms } from '../support/kills.ts';

test('150 kills of programs that share a file lose nothing that was promised', { timeout: 300_000 }, async (t) => {
  const { added } = await killPrograms(150);
  t.diagnostic(`${added} tasks were accepted`);
});
