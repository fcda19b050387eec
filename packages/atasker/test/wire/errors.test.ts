import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerError } from 'atasker';
import { throwing } from '../tasks/faults.ts';

test('registerError takes nothing but a class of errors', () => {
  assert.throws(() => registerError(Map as never), TypeError);
  assert.throws(() => registerError('Error' as never), TypeError);
});

test('errors that refer to each other are copied up to a limit', async () => {
  await assert.rejects(
    throwing('tangled'),
    (error: Error & Record<number, Error>) => error[29]?.message === 'error 29',
  );
});
