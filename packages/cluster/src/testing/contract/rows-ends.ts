import assert from 'node:assert/strict';
import { endOf, ids, KEEP_MS } from './program.ts';
import { rows } from './row.ts';

export const endRows = rows('ends', [
  {
    name: 'an end is told to the program that added the task, and is found afterwards',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      for (const end of ['completed', 'failed', 'canceled'] as const) {
        await a.add({ id: end });
        const claim = await node.claimOne();
        assert.deepEqual(
          await node.store.settle([endOf(claim, { end, payload: `as ${end}`, startedAt: 123, progress: 'last' })]),
          [],
        );
        const ending = {
          id: end,
          end,
          payload: `as ${end}`,
          startedAt: 123,
          progress: 'last',
          attempt: 1,
          lostNodes: null,
        };
        assert.deepEqual(await a.ending(end), ending);
        const found = await node.store.find([end]);
        assert.deepEqual(found, [{ id: end, definition: 'f', state: end, priority: 'normal', attempt: 1, ending }]);
      }
    },
  },
  {
    name: 'ten thousand ends in one call are all told',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      await a.add(...Array.from({ length: 10_000 }, (_, n) => ({ id: `${n}` })));
      assert.deepEqual(await node.settle(...(await node.claim())), []);
      await a.until('all ends are told', () => a.ended.length >= 10_000);
      assert.equal(new Set(ids(a.ended)).size, 10_000);
    },
  },
  {
    name: 'an end is dropped and named if its token is not the last, its task is unknown or has ended; others are kept',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' }, { id: '2' }, { id: '3' });
      const [one, two, three] = await a.claim();
      await a.settle(two!);
      await a.store.release([three!]);
      const ends = [two!, three!, { ...one!, id: 'unknown' }, { ...one!, token: 'other' }, one!];
      const dropped = await a.store.settle(ends.map((claim) => endOf(claim, { payload: 'second' })));
      assert.deepEqual(dropped, ['2', '3', 'unknown', '1']);
      const found = await a.store.find(['1', '2', '3']);
      assert.deepEqual(
        found.map(({ state, ending }) => [state, ending?.payload]),
        [
          ['completed', 'second'],
          ['completed', 'done'],
          ['queued', undefined],
        ],
      );
    },
  },
  {
    name: 'an end that comes twice in one call is taken once',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' });
      const claim = await a.claimOne();
      assert.deepEqual(await a.settle(claim, claim), ['1']);
    },
  },
  {
    name: 'ends are kept as long as the session says, and then forgotten',
    async run(place) {
      const a = await place.open('a');
      await a.add(...Array.from({ length: 3000 }, (_, n) => ({ id: `${n}` })), { id: 'waits', definition: 'g' });
      const claims = await a.claim();
      await a.settle(...claims);
      await place.advance(KEEP_MS - 10_000);
      assert.equal((await a.store.find(ids(claims))).length, 3000);
      await place.advance(10_001);
      assert.deepEqual(ids(await a.store.find([...ids(claims), 'waits'])), ['waits']);
    },
  },
  {
    name: 'tasks are found in the order of the ids; ids that the store does not know are left out',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' }, { id: '2' }, { id: '3' });
      assert.deepEqual(ids(await a.store.find(['3', 'unknown', '1'])), ['3', '1']);
      assert.deepEqual(await a.store.find([]), []);
    },
  },
  {
    name: 'news that may be lost arrive in order while the program is there',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      const started = { type: 'started', id: '1', at: 5, attempt: 1 } as const;
      const progress = ['1', '"\0\u{D800}"', '3'].map((payload) => ({ type: 'progressed', id: '1', payload }) as const);
      node.store.tell('a', [started, ...progress.slice(0, 1)]);
      node.store.tell('nobody', [started]);
      node.store.tell('a', progress.slice(1));
      node.store.tell('a', [{ type: 'late', id: '1', end: 'failed', payload: 'x' }]);
      await a.until('the last of the news arrive', () => a.told.length === 5);
      assert.deepEqual(a.told, [started, ...progress, { type: 'late', id: '1', end: 'failed', payload: 'x' }]);
    },
  },
]);
