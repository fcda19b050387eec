import assert from 'node:assert/strict';
import type { StoredTask } from '../../store/store.ts';
import { endOf, ids, KEEP_MS, PLENTY } from './program.ts';
import { rows } from './row.ts';

/** Texts that some encodings, databases and languages change. */
const HARD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u{D800}',
  'x\u{DC00}\u{D800}y',
  '\u{FEFF}mark',
  '"quotes" \'and\' `ticks`; -- \\ %s $1 ?',
  'line\r\nline\u2028',
  'null',
  '12',
  'ünï¢ødé 😀 日本',
  'e\u0301',
  'é',
];

export const addRows = rows('adding tasks', [
  {
    name: 'an added task is queued, with what it was added with',
    async run(place) {
      const program = await place.open('a');
      await program.add({ id: '1', definition: 'resize', priority: 'high' });
      const found = await program.store.find(['1']);
      const state = { definition: 'resize', state: 'queued', priority: 'high', attempt: 0, ending: null };
      assert.deepEqual(found, [{ id: '1', ...state }]);
    },
  },
  {
    name: 'a claim has everything that the task was added with',
    async run(place) {
      const program = await place.open('a');
      const task = { id: '1', definition: 'f', name: 'F!', tt: 'process', priority: 'low', payload: 'p' } as const;
      await program.add(task);
      const { token, ...claim } = await program.claimOne();
      assert.deepEqual(claim, { ...task, delayMs: 0, origin: 'a', attempt: 1 });
      assert.equal(typeof token, 'string');
    },
  },
  {
    name: 'the same id is one task: the first one stays, whoever adds it again',
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      const tasks = Array.from({ length: 10_000 }, (_, n) => ({ id: `order-${n}`, payload: 'first' }));
      await a.add(...tasks, ...tasks.slice(0, 100).map(({ id }) => ({ id, payload: 'second' })));
      await b.add(...tasks.map(({ id }) => ({ id, payload: 'third' })));
      const claims = await b.claim();
      assert.equal(claims.length, 10_000);
      assert.equal(new Set(ids(claims)).size, 10_000);
      assert.ok(claims.every(({ payload, origin }) => payload === 'first' && origin === 'a'));
    },
  },
  {
    name: 'two programs that add the same id at the same time have one task',
    async run(place) {
      const programs = await Promise.all(['a', 'b', 'c'].map((me) => place.open(me)));
      for (let round = 0; round < 20; round++) {
        await Promise.all(programs.map((program) => program.add({ id: `${round}` })));
      }
      assert.equal((await programs[0]!.claim()).length, 20);
    },
  },
  {
    name: 'every program that has added a task is told of its end, also if the task runs already',
    async run(place) {
      const [a, b, node] = [await place.open('a'), await place.open('b'), await place.open('node')];
      await a.add({ id: '1' });
      const claim = await node.claimOne();
      await b.add({ id: '1' });
      await node.settle(claim);
      for (const program of [a, b]) assert.equal((await program.ending('1')).payload, 'done');
      assert.deepEqual(node.ended, []);
    },
  },
  {
    name: 'a program that adds a task that has ended is told of the end, also if it has been told before',
    async run(place) {
      const [a, b] = [await place.open('a'), await place.open('b')];
      await a.add({ id: '1' });
      await a.settle(await a.claimOne());
      const ending = await a.ending('1');
      await b.add({ id: '1' });
      assert.deepEqual(await b.ending('1'), ending);
      a.ended.length = 0;
      await a.add({ id: '1' });
      assert.deepEqual(await a.ending('1'), ending);
      assert.deepEqual(await b.claim(), []);
    },
  },
  {
    name: 'an id may be used anew once its end is forgotten',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' });
      await a.settle(await a.claimOne());
      await a.ending('1');
      await place.advance(KEEP_MS + 1);
      assert.deepEqual(await a.store.find(['1']), []);
      await a.add({ id: '1', payload: 'anew' });
      const { payload, attempt } = await a.claimOne();
      assert.deepEqual({ payload, attempt }, { payload: 'anew', attempt: 1 });
    },
  },
  {
    name: 'texts are kept exactly: in payloads, results, ids, names and definitions',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      const tasks = HARD_TEXTS.map((text, n) => ({
        id: `${n}${text}`,
        definition: `f${text}`,
        name: text,
        payload: text,
      }));
      await a.add(...tasks);
      const definitions = tasks.map(({ definition }) => definition);
      const claims = await node.claim(PLENTY, definitions);
      const seen = claims.map(({ id, definition, name, payload }) => ({ id, definition, name, payload }));
      assert.deepEqual(seen, tasks);
      const ends = claims.map((claim) => endOf(claim, { payload: claim.payload }));
      assert.deepEqual(await node.store.settle(ends), []);
      for (const { id, payload } of tasks) assert.equal((await a.ending(id)).payload, payload);
      const found = await node.store.find(tasks.map(({ id }) => id));
      assert.deepEqual(
        found.map(({ id, ending }) => [id, ending?.payload]),
        tasks.map(({ id, payload }) => [id, payload]),
      );
    },
  },
  {
    name: 'ids that differ only in case, accents or a last space are different tasks',
    async run(place) {
      const a = await place.open('a');
      const names = ['a', 'A', 'a ', 'a\0', 'é', 'e\u0301', 'E'];
      await a.add(...names.map((id) => ({ id })));
      assert.deepEqual(ids(await a.claim()), names);
    },
  },
  {
    name: 'payloads and results of 8 MB are kept exactly, with and without lone surrogates',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      const large: StoredTask['payload'][] = ['x', '\u{D800}z', 'é\0'].map((text) => text.repeat(8e6 / text.length));
      await a.add(...large.map((payload, n) => ({ id: `${n}`, payload })));
      for (const claim of await node.claim()) {
        assert.ok(claim.payload === large[Number(claim.id)], `the payload ${claim.id} is the same`);
        await node.store.settle([endOf(claim, { payload: claim.payload })]);
        assert.ok((await a.ending(claim.id)).payload === claim.payload, `the result ${claim.id} is the same`);
      }
    },
  },
]);
