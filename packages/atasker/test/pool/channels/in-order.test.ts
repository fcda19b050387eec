import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Arrivals, type Way } from '../../../src/pool/channels/in-order.ts';

test('items that are sent on two ways are handed over in the order in which they were sent, however they arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Way>(0, 1)), fc.infiniteStream(fc.boolean()), (ways, draws) => {
      const sent: [number, number] = [0, 0];
      const queues = [0, 1].map((): { after: number; item: number }[] => []);
      for (const [item, way] of ways.entries()) {
        queues[way]!.push({ after: sent[way === 0 ? 1 : 0], item });
        sent[way] += 1;
      }

      const handed: number[] = [];
      const arrivals = new Arrivals<number>((item) => handed.push(item));
      while (queues.some(({ length }) => length > 0)) {
        const way: Way = queues[0]!.length > 0 && (queues[1]!.length === 0 || draws.next().value) ? 0 : 1;
        const { after, item } = queues[way]!.shift()!;
        arrivals.add(way, after, item);
        assert.deepEqual(handed, [...handed.keys()]);
      }
      assert.equal(handed.length, ways.length);
    }),
  );
});

test('an item that arrives while another one is handed over waits for its turn', () => {
  const handed: string[] = [];
  const arrivals = new Arrivals<string>((item) => {
    if (item === 'first') arrivals.add(0, 0, 'second');
    handed.push(item);
  });
  arrivals.add(0, 0, 'first');
  assert.deepEqual(handed, ['first', 'second']);
});

test('in the end the remaining items are handed over, even if an earlier one never came', () => {
  const handed: string[] = [];
  const arrivals = new Arrivals<string>((item) => handed.push(item));
  arrivals.add(0, 1, 'after what is missing');
  assert.deepEqual(handed, []);
  arrivals.end();
  assert.deepEqual(handed, ['after what is missing']);
});

test('an item with an impossible count is noticed when the next item comes on the other way', () => {
  const handed: string[] = [];
  const arrivals = new Arrivals<string>((item) => handed.push(item));
  arrivals.add(0, 7, 'says that seven went before it');
  assert.equal(arrivals.waits(0), true);
  assert.throws(() => arrivals.add(1, 1, 'the first one of the other way, sent after it'), /not what it has sent/);
});

test('an item that comes late on the other way is not an error', () => {
  const handed: string[] = [];
  const arrivals = new Arrivals<string>((item) => handed.push(item));
  arrivals.add(0, 2, 'third');
  arrivals.add(1, 0, 'first');
  arrivals.add(1, 0, 'second');
  assert.deepEqual(handed, ['first', 'second', 'third']);
});
