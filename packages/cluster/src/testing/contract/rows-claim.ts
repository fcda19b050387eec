import assert from 'node:assert/strict';
import { FROM_THE_TOP, TASK_TYPES } from '../../store/priorities.ts';
import { ids, LEASE_MS, PLENTY, room } from './program.ts';
import { rows } from './row.ts';

const EACH_KIND = TASK_TYPES.flatMap((tt) => FROM_THE_TOP.map((priority) => ({ tt, priority })));

export const claimRows = rows('claiming tasks', [
  {
    name: 'ten thousand tasks of all types and priorities come in order: the most urgent first, then the oldest',
    async run(place) {
      const a = await place.open('a');
      const kind = (n: number) => EACH_KIND[(n * 7) % EACH_KIND.length]!;
      const tasks = Array.from({ length: 10_000 }, (_, n) => ({ id: `${n}`, ...kind(n) }));
      for (let n = 0; n < tasks.length; n += 997) await a.add(...tasks.slice(n, n + 997));
      const inOrder = FROM_THE_TOP.flatMap((priority) => tasks.filter((task) => task.priority === priority));
      assert.deepEqual(ids(await a.claim(PLENTY, ['f'], 6000)), ids(inOrder.slice(0, 6000)));
      assert.deepEqual(ids(await a.claim(PLENTY, ['f'], 6000)), ids(inOrder.slice(6000)));
    },
  },
  {
    name: 'numbers of room overlap: a task that is taken counts for all priorities that are as urgent or less',
    async run(place) {
      const a = await place.open('a');
      const many = Array.from({ length: 10 }, (_, n) =>
        FROM_THE_TOP.map((priority) => ({ id: `${priority} ${n}`, priority })),
      );
      await a.add(...many.flat());
      const taken = await a.claim(room(['thread'], { low: 1, normal: 2, high: 4, critical: 5 }));
      assert.deepEqual(ids(taken), ['critical 0', 'critical 1', 'critical 2', 'critical 3', 'critical 4']);
      await a.store.release(taken.slice(1));
      const more = await a.claim(room(['thread'], { low: 5, normal: 4, high: 2, critical: 1 }));
      assert.deepEqual(ids(more), ['critical 1', 'high 0', 'normal 0', 'normal 1', 'low 0']);
    },
  },
  {
    name: 'each type has room of its own, and a type that is full or not named holds up no other',
    async run(place) {
      const a = await place.open('a');
      await a.add(...EACH_KIND.map(({ tt, priority }) => ({ id: `${tt} ${priority}`, tt, priority })));
      const none = { low: 0, normal: 0, high: 0, critical: 0 };
      const taken = await a.claim({ thread: none, async: { low: 9, normal: 9, high: 9, critical: 9 } });
      assert.deepEqual(ids(taken), ['async critical', 'async high', 'async normal', 'async low']);
    },
  },
  {
    name: 'a claim takes at most as many as it says, across types',
    async run(place) {
      const a = await place.open('a');
      await a.add(...['1', '2', '3'].map((id, n) => ({ id, tt: TASK_TYPES[n]! })));
      assert.deepEqual(ids(await a.claim(PLENTY, ['f'], 2)), ['1', '2']);
      assert.deepEqual(await a.claim(PLENTY, ['f'], 0), []);
      assert.deepEqual(ids(await a.claim(PLENTY, ['f'], Infinity)), ['3']);
    },
  },
  {
    name: 'tasks of a definition that the claim does not name stay queued and hold up no other',
    async run(place) {
      const a = await place.open('a');
      const unknown = Array.from({ length: 2000 }, (_, n) => ({
        id: `u${n}`,
        definition: n % 2 === 0 ? 'old' : 'new',
      }));
      await a.add(...unknown, { id: 'k1' }, { id: 'k2', definition: 'g' }, { id: 'k3' });
      assert.deepEqual(ids(await a.claim(PLENTY, ['f', 'g'], 10)), ['k1', 'k2', 'k3']);
      assert.deepEqual(await a.claim(PLENTY, ['f', 'g'], 10), []);
      assert.deepEqual(await a.claim(PLENTY, []), []);
      assert.deepEqual(ids(await a.claim(PLENTY, ['new', 'old'], 3)), ['u0', 'u1', 'u2']);
    },
  },
  {
    name: 'programs that claim at the same time never get the same task',
    async run(place) {
      const programs = await Promise.all(['a', 'b', 'c'].map((me) => place.open(me)));
      await programs[0]!.add(...Array.from({ length: 3000 }, (_, n) => ({ id: `${n}` })));
      const all = await Promise.all(
        programs.map(async (program) => {
          const got: string[] = [];
          for (let round = 0; round < 40; round++) got.push(...ids(await program.claim(PLENTY, ['f'], 25)));
          return got;
        }),
      );
      assert.equal(all.flat().length, 3000);
      assert.equal(new Set(all.flat()).size, 3000);
    },
  },
  {
    name: 'tokens differ, and an attempt is counted for each claim',
    async run(place) {
      const a = await place.open('a');
      await a.add({ id: '1' }, { id: '2' });
      const claims = await a.claim();
      await a.store.release(claims);
      const again = await a.claim();
      assert.equal(new Set([...claims, ...again].map(({ token }) => token)).size, 4);
      assert.deepEqual(
        again.map(({ attempt }) => attempt),
        [1, 1],
      );
    },
  },
  {
    name: 'work is told to a program that claims when another one adds a task or releases one',
    async run(place) {
      const [a, node] = [await place.open('a'), await place.open('node')];
      await node.claim();
      node.work = 0;
      await a.add({ id: '1' });
      await node.until('work is told', () => node.work > 0);
      node.work = 0;
      const claim = await a.claimOne();
      await a.store.release([claim]);
      await node.until('work is told again', () => node.work > 0);
    },
  },
  {
    name: 'a claim says when to look again: at the next delay or lease that ends, whichever is first',
    async run(place) {
      const a = await place.open('a');
      assert.equal((await a.store.claim(PLENTY, ['f'], 1)).nextMs, null);
      await a.add({ id: 'late', delayMs: LEASE_MS * 3 });
      near((await a.store.claim(PLENTY, ['f'], 1)).nextMs, LEASE_MS * 3);
      await a.add({ id: '1' });
      near((await a.store.claim(PLENTY, ['f'], 1)).nextMs, LEASE_MS);
      await a.add({ id: 'soon', delayMs: 20_000 });
      near((await a.store.claim(PLENTY, ['f'], 1)).nextMs, 20_000);
      await place.advance(5000);
      near((await a.store.claim(PLENTY, ['f'], 1)).nextMs, 15_000);
    },
  },
]);

/** So many milliseconds, less what the row has taken. */
function near(nextMs: number | null, expected: number): void {
  assert.ok(nextMs !== null && nextMs <= expected && nextMs > expected - 4000, `about ${expected}, got ${nextMs}`);
}
