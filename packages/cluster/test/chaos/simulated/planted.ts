import type { Priority } from 'atasker';
import { URGENCY } from '../checker/lines.ts';
import type { Claim, Claims, Room, StoreNews, StoreSession, TaskStore, TypeRoom } from '../../../src/store/store.ts';
import { passingNews } from '../passing-store.ts';
import type { Fault, FaultScene } from './faults.ts';

/** How far the clocks of programs are ahead of that of the store. */
const AHEAD_MS = 300;

/** Faults of stores, each of which breaks a promise that the checker must find. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'the end of a claim is taken, although another program has claimed the task since',
    methods: (store, _me, { claims }) => ({
      settle: (ends) =>
        store.settle(ends.map((end) => ({ ...end, token: claims.get(end.id)?.claim.token ?? end.token }))),
    }),
  },
  {
    name: 'the end of the last claim is dropped now and then',
    methods: (store, _me, { random }) => ({
      async settle(ends) {
        const dropped = ends.filter(() => random.happens(0.01));
        const others = await store.settle(ends.filter((end) => !dropped.includes(end)));
        return [...others, ...dropped.map(({ id }) => id)];
      },
    }),
  },
  {
    name: 'a task is claimed that another program has',
    methods: (store, me, { claims, random }) => ({
      async claim(...asked) {
        const given = await store.claim(...asked);
        const other = [...claims.values()].find((held) => held.me !== me());
        if (other === undefined || !random.happens(0.05)) return given;
        return { ...given, claims: [...given.claims, { ...other.claim, token: `${other.claim.token} again` }] };
      },
    }),
  },
  {
    name: 'a release is lost',
    methods: (store, _me, { random }) => ({
      release: async (given) => (random.happens(0.5) ? undefined : store.release(given)),
    }),
  },
  {
    name: 'a released task is forgotten',
    methods: (store, _me, { claims }) => ({
      async release(given) {
        await store.release(given);
        for (const { id } of given) await store.cancel(id, 'forgotten');
        for (const { id } of given) claims.delete(id);
      },
    }),
  },
  {
    name: 'a released task counts as an attempt',
    methods: (store, _me, scene) =>
      withClaims(store, (claim) => ({ ...claim, attempt: claim.attempt + releasesOf(scene, claim) }), scene),
  },
  {
    name: 'an attempt of a program that died is not counted',
    methods: (store, _me, scene) => withClaims(store, (claim) => ({ ...claim, attempt: 1 }), scene),
  },
  {
    name: 'the reserve of a priority is given to the one below',
    methods: (store) => ({
      claim: (room, ...asked) =>
        store.claim(
          mapRoom(room, (of) => ({ ...of, low: of.normal, normal: of.high })),
          ...asked,
        ),
    }),
  },
  {
    name: 'a type that is full is given more',
    methods: (store) => ({
      claim: (room, ...asked) =>
        store.claim({ ...room, process: { low: 9, normal: 9, high: 9, critical: 9 } }, ...asked),
    }),
  },
  {
    name: 'the less urgent tasks are claimed first',
    methods: (store) => ({ claim: (...asked) => claimInverted(store, ...asked) }),
  },
  {
    name: 'a task keeps its place when its priority is set to the one that it has',
    methods: (store, _me, { tasks }) => ({
      async setPriority(id, priority) {
        const task = tasks.get(id);
        const isSame = task?.priority === priority;
        if (task !== undefined) tasks.set(id, { ...task, priority });
        const [found] = await store.find([id]);
        return isSame ? found?.state === 'queued' : store.setPriority(id, priority);
      },
    }),
  },
  {
    name: 'a new priority is forgotten',
    methods: (store) => ({
      async setPriority(id) {
        const [found] = await store.find([id]);
        return found?.state === 'queued';
      },
    }),
  },
  {
    name: 'a program is given tasks of a function that it does not have',
    methods: (store) => ({
      claim: (room, _definitions, most) => store.claim(room, ['resize', 'index', 'send', 'deadly', 'rare'], most),
    }),
  },
  {
    name: 'a cancel of a queued task is forgotten',
    methods: (store, _me, { random }) => ({
      async cancel(id, payload) {
        const [found] = await store.find([id]);
        if (found?.state === 'queued' && random.happens(0.2)) return 'removed';
        return store.cancel(id, payload);
      },
    }),
  },
  { name: 'a cancel does not reach the node', methods: (store) => withNews(store, () => ({ cancel() {} })) },
  {
    name: 'delays are counted by the clock of the submitter, which is ahead',
    methods: (store) => ({
      add: (tasks) => store.add(tasks.map((task) => ({ ...task, delayMs: Math.max(0, task.delayMs - AHEAD_MS) }))),
    }),
  },
  {
    name: 'leases are not renewed',
    clock: (clock, leaseMs) => ({
      now: () => clock.now(),
      after: (ms, callback) => (ms < leaseMs ? () => {} : clock.after(ms, callback)),
    }),
  },
  {
    name: 'the lease of a program that has died is renewed for much longer',
    clock: (clock) => ({ now: () => clock.now() / 4, after: (ms, callback) => clock.after(ms, callback) }),
  },
  {
    name: 'a task is accepted before it is durable',
    methods: (store, _me, { random, clock }) => ({
      async add(tasks) {
        if (!random.happens(0.05)) return store.add(tasks);
        clock.after(10, () => void store.add(tasks).catch(() => {})); // a program that has died meanwhile has lost them
      },
    }),
  },
  {
    name: 'an end is told twice, and differently',
    methods: (store, _me, { random }) =>
      withNews(store, (news) => ({
        ended(ending) {
          news.ended(ending);
          if (random.happens(0.01)) news.ended({ ...ending, payload: `${ending.payload} or so` });
        },
      })),
  },
  {
    name: 'an end is not told',
    methods: (store, _me, { random }) =>
      withNews(store, (news) => ({ ended: (ending) => (random.happens(0.005) ? undefined : news.ended(ending)) })),
  },
  { name: 'nobody is told that there is work', methods: (store) => withNews(store, () => ({ work() {} })) },
  {
    name: 'a task that was lost too often is run once more',
    methods: (store) => ({ open: (session) => store.open({ ...session, maxLost: session.maxLost + 1 }) }),
  },
];

function withNews(store: TaskStore, change: (news: StoreNews) => Partial<StoreNews>): Partial<TaskStore> {
  return {
    open(session: StoreSession) {
      const { news } = session;
      return store.open({ ...session, news: { ...passingNews(news), ...change(news) } });
    },
  };
}

/** Changes what programs are told about their claims, and counts what they hand back. */
function withClaims(store: TaskStore, change: (claim: Claim) => Claim, { releases }: FaultScene): Partial<TaskStore> {
  return {
    async claim(...asked) {
      const given = await store.claim(...asked);
      return { ...given, claims: given.claims.map((claim) => change(claim)) };
    },
    release(given) {
      for (const { id } of given) releases.set(id, (releases.get(id) ?? 0) + 1);
      return store.release(given);
    },
  };
}

function releasesOf({ releases }: FaultScene, { id }: Claim): number {
  return releases.get(id) ?? 0;
}

function mapRoom(room: Room, change: (of: TypeRoom) => TypeRoom): Room {
  return Object.fromEntries(Object.entries(room).map(([tt, of]) => [tt, change(of)]));
}

/** Asks for one priority after the other, the least urgent first. */
async function claimInverted(
  store: TaskStore,
  room: Room,
  definitions: readonly string[],
  most: number,
): Promise<Claims> {
  const claims: Claim[] = [];
  let nextMs: number | null = null;
  for (const priority of URGENCY.toReversed()) {
    const taken = (tt: string): number => claims.filter((claim) => claim.tt === tt).length;
    const none: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };
    const left = Object.entries(room).map(([tt, of]) => [tt, { ...none, [priority]: of[priority] - taken(tt) }]);
    const given = await store.claim(Object.fromEntries(left) as Room, definitions, most - claims.length);
    claims.push(...given.claims);
    ({ nextMs } = given);
  }
  return { claims, nextMs };
}
