import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LockTable, type LockClaim } from '../../src/core/lock-table.ts';

test('a lock goes to whoever asked first, also when some take their request back', () => {
  const op = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), name: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constant('release' as const), at: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const table = new LockTable();
      const claims: LockClaim[] = [];
      const wanted: Record<'a' | 'b', number[]> = { a: [], b: [] };
      const told: number[] = [];
      const toBeTold: number[] = [];
      for (const step of ops) {
        const before = new Set([wanted.a[0], wanted.b[0]]);
        if (step.do === 'ask') {
          const number = claims.length;
          wanted[step.name].push(number);
          before.add(number); // it need not be told of what it sees at once
          claims.push(table.ask(step.name, () => told.push(number)));
        } else {
          for (const name of ['a', 'b'] as const) wanted[name] = wanted[name].filter((number) => number !== step.at);
          claims[step.at]?.release(); // maybe one that is over
        }
        const holders = new Set([wanted.a[0], wanted.b[0]]);
        claims.forEach((claim, number) => assert.equal(claim.isGranted, holders.has(number)));
        for (const number of holders) if (number !== undefined && !before.has(number)) toBeTold.push(number);
      }
      assert.deepEqual(told, toBeTold);
    }),
    { numRuns: 500 },
  );
});

test('whoever has to wait is told when the lock is there, whoever has not is not', () => {
  const table = new LockTable();
  const told: string[] = [];
  const first = table.ask('a', () => told.push('first'));
  const second = table.ask('a', () => told.push('second'));
  table.ask('b', () => told.push('other'));
  assert.deepEqual([first.isGranted, second.isGranted, told], [true, false, []]);
  first.release();
  first.release();
  assert.deepEqual([first.isGranted, second.isGranted, told], [false, true, ['second']]);
});

test('who must not wait gets the lock only if nobody holds it', () => {
  const table = new LockTable();
  const held = table.askSync('a');
  assert.equal(held?.isGranted, true);
  assert.equal(table.askSync('a'), null);
  held.release();
  assert.equal(table.askSync('a')?.isGranted, true);
});
