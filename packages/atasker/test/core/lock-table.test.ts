import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryObjects } from 'node:v8';
import * as fc from 'fast-check';
import { Lane } from '../../src/core/lane.ts';
import { LockTable, type LockClaim } from '../../src/core/lock-table.ts';

test('a lock is granted in the order of the requests, even when some requests are withdrawn', () => {
  const op = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), name: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constant('release' as const), at: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60, size: 'max' }), (ops) => {
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
          before.add(number); // a request that is granted at once needs no notification
          claims.push(table.ask(step.name, null, () => told.push(number)));
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

test('a request that has to wait is notified when the lock is granted, and a request that need not wait is not', () => {
  const table = new LockTable();
  const told: string[] = [];
  const first = table.ask('a', null, () => told.push('first'));
  const second = table.ask('a', null, () => told.push('second'));
  table.ask('b', null, () => told.push('other'));
  assert.deepEqual([first.isGranted, second.isGranted, told], [true, false, []]);
  first.release();
  first.release();
  assert.deepEqual([first.isGranted, second.isGranted, told], [false, true, ['second']]);
});

test('a request that must not wait gets the lock only if it is free', () => {
  const table = new LockTable();
  const held = table.askSync('a', null);
  assert.equal(held.isGranted, true);
  assert.equal(table.askSync('a', null).isGranted, false);
  held.release();
  assert.equal(table.askSync('a', null).isGranted, true);
});

test('the table knows for which lock a task waits, and the current holder, until the task no longer waits', () => {
  const table = new LockTable();
  const user = (id: string): { id: string; name: string } => ({ id, name: `of ${id}` });
  const first = table.ask('a', user('1'), () => {});
  const second = table.ask('a', null, () => {});
  let whenGranted: string | null = 'not granted';
  const third = table.ask('a', user('3'), () => (whenGranted = table.describeWait('3')));
  const fourth = table.ask('a', user('4'), () => {});
  assert.equal(fourth.heldBy, 'task of 1 (1)');
  assert.deepEqual(
    ['1', '2', '3'].map((id) => table.describeWait(id)),
    [null, null, 'the lock a, held by task of 1 (1)'],
  );
  first.release();
  assert.equal(table.describeWait('3'), 'the lock a, held by code outside of tasks');
  fourth.release();
  assert.equal(fourth.heldBy, 'code outside of tasks');
  assert.equal(table.describeWait('4'), null);
  second.release();
  assert.deepEqual([table.describeWait('3'), third.isGranted], [null, true]);
  assert.equal(whenGranted, null, 'the task no longer waits when it is notified');
});

test('of a task that waits for several locks the table knows the latest one, until the task no longer waits for that one', () => {
  const table = new LockTable();
  const user = { id: '1', name: 'one' };
  for (const name of ['a', 'b']) table.ask(name, null, () => {});
  const [early, late] = ['a', 'b'].map((name) => table.ask(name, user, () => {}));
  early!.release();
  assert.equal(table.describeWait('1'), 'the lock b, held by code outside of tasks');
  late!.release();
  assert.equal(table.describeWait('1'), null);
});

test('a lock that nobody holds or waits for leaves nothing behind', () => {
  const table = new LockTable();
  const count = (): number => Number(queryObjects(Lane));
  const before = count();
  for (let n = 0; n < 1_000; n += 1) {
    const [held, waiting] = [1, 2].map(() => table.ask(`lock ${n}`, null, () => {}));
    if (n % 2 === 0) waiting!.release();
    held!.release();
    waiting!.release();
  }
  assert.ok(count() < before + 10); // some may still be on the stack
});
