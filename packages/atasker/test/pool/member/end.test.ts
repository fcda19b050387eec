import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backgroundTask, TaskSupervisor, type Task, type TaskOptions } from '../../../src/index.ts';
import type { ChannelEvents, MemberStart } from '../../../src/pool/channels/channel.ts';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';
import {
  AheadProcess,
  inWorld,
  schedules,
  SentThread,
  SteppedProcess,
  TakingThread,
  World,
  type SteppedMember,
} from '../dispatch/stepped-member.ts';

const nothing = backgroundTask(function nothing(): void {});

interface Subject {
  readonly name: string;
  readonly transport?: 'shared' | 'message';
  readonly place: TaskOptions;
  readonly isAloop?: boolean;
  /** How many steps it takes from the task to the call of its function. */
  readonly steps: number;
  readonly make: (world: World, start: MemberStart, events: ChannelEvents) => SteppedMember;
}

const sentThread: Subject['make'] = (...args) => new SentThread(...args);

const SUBJECTS: readonly Subject[] = [
  { name: 'a thread that is sent its task', transport: 'message', place: {}, steps: 3, make: sentThread },
  {
    name: 'a thread that takes its task',
    transport: 'shared',
    place: {},
    steps: 4,
    make: (...args) => new TakingThread(...args),
  },
  { name: 'the thread of an aloop', place: { loop: 'io' }, isAloop: true, steps: 3, make: sentThread },
  { name: 'a process', place: { tt: 'process' }, steps: 2, make: (...args) => new SteppedProcess(...args) },
];

/** What the program does with the task; between these the event loop goes round. */
type Deed = (task: Task, world: World) => void;

const ONE = { poolSize: 1, reserveNormal: 0, reserveHigh: 0 };

const LATE = 'does not begin in time';

const DEEDS: readonly [string, TaskOptions, readonly Deed[]][] = [
  ['is cancelled', {}, [(task) => task.cancel(), (_task, { clock }) => clock.advance(1)]],
  [
    'waits too long',
    { queueTimeout: '50ms' },
    [(_task, { clock }) => clock.advance(50), (_task, { clock }) => clock.advance(1)],
  ],
  [LATE, {}, [(_task, { clock }) => clock.advance('10s'), (_task, { clock }) => clock.advance('10s')]],
];

describe('a task whose function has been called says when it began, in every order of the steps:', () => {
  for (const subject of SUBJECTS) {
    for (const [what, options, deeds] of DEEDS) {
      if (subject.transport === 'shared' && what === LATE) continue; // it takes nothing that it does not begin
      test(`one for ${subject.name} that ${what}`, async () => {
        let tried = 0;
        for (const isRead of [false, true]) {
          const { points } = await tryOnce(subject, options, deeds, isRead, []);
          for (const schedule of schedules(points, subject.steps)) {
            await tryOnce(subject, options, deeds, isRead, schedule);
            tried += 1;
          }
        }
        assert.ok(tried > 50, `${tried} orders`);
      });
    }
  }
});

test('a prefetched task that is cancelled also says when it began, and runs at most once', async () => {
  let tried = 0;
  for (const isRead of [false, true]) {
    const points = await tryAhead(isRead, -1, []);
    for (let takenBackAt = -1; takenBackAt < points; takenBackAt += 1) {
      for (const schedule of schedules(points, 2)) {
        await tryAhead(isRead, takenBackAt, schedule);
        tried += 1;
      }
    }
  }
  assert.ok(tried > 100, `${tried} orders`);
});

/** @param takenBackAt the point at which the watchdog of the process handles the request to take back */
async function tryAhead(isRead: boolean, takenBackAt: number, schedule: readonly number[]): Promise<number> {
  const world = new World(schedule);
  await inWorld(
    world,
    (...args) => new AheadProcess(...args),
    async () => {
      const supervisor = new TaskSupervisor({ cancelGrace: 0, processPool: ONE });
      const run = nothing.with({ supervisor, tt: 'process' });
      const known = run();
      const process = world.members[0] as AheadProcess;
      process.ready();
      process.finish();
      process.read(); // now it is known how long such a task takes
      assert.ok(known.isCompleted());
      run().catch(() => {});
      process.read();
      const task = run();
      task.catch(() => {});
      assert.ok(process.isAhead);
      world.isOpen = true;
      world.also = (at) => at === takenBackAt && process.takeBack();
      const says = (): boolean => !task.isCompleted() || task.timeStarted !== null || process.calls === 0;
      for (const deed of [() => task.cancel(), () => world.clock.advance(1), () => world.clock.advance(1)]) {
        world.point();
        deed();
        if (isRead) world.members[0]?.read();
        assert.ok(says(), `${takenBackAt}: ${schedule.join()}: it ran, and says that it did not`);
      }
      const began = task.timeStarted !== null;
      world.members[0]?.step();
      world.members[0]?.step();
      if (task.isCompleted())
        assert.ok(began || process.calls === 0, `${takenBackAt}: ${schedule.join()}: it ran afterwards`);
      process.read();
      if (process.calls > 0) assert.ok(task.isCompleted() === process.isTerminated, 'it is ended once it has begun');
      await stop(supervisor, world);
      assert.ok(says(), `${takenBackAt}: ${schedule.join()}: it ran, and says that it did not`);
    },
  );
  return world.points;
}

/** @param isRead whether the event loop reads the frames of the member after each step */
async function tryOnce(
  { transport = 'shared', place, isAloop = false, steps, make }: Subject,
  options: TaskOptions,
  deeds: readonly Deed[],
  isRead: boolean,
  schedule: readonly number[],
): Promise<World> {
  const world = new World(schedule);
  await inWorld(world, make, async () => {
    const supervisor = new TaskSupervisor({ transport, cancelGrace: 0, threadPool: ONE, processPool: ONE });
    if (isAloop) supervisor.createAloop('io', { daemon: true });
    const task = nothing.with({ supervisor, ...place, ...options })();
    task.catch(() => {});
    const first = world.members[0]!;
    first.ready();
    world.isOpen = true;
    for (const deed of deeds) {
      world.point();
      deed(task, world);
      if (isRead) world.members[0]?.read();
    }
    world.point();
    const began = task.timeStarted !== null;
    if (task.isCompleted())
      assert.ok(began || first.calls === 0, `${schedule.join()}: it ran, and says that it did not`);
    for (let step = 0; step < steps; step += 1) first.step(); // also one that is being ended, until it has exited
    if (task.isCompleted()) assert.ok(began || first.calls === 0, `${schedule.join()}: it ran afterwards`);
    first.exit();
    assert.ok(task.timeStarted !== null || first.calls === 0, `${schedule.join()}: it ran, and says that it did not`);
    await stop(supervisor, world);
  });
  return world;
}

/** All members exit as soon as they are there. */
async function stop(supervisor: TaskSupervisor, world: World): Promise<void> {
  const over: true[] = [];
  const stopped = supervisor.stop({ cancelTasks: true }).then(() => over.push(true));
  while (over.length === 0) {
    for (const member of world.members) member?.exit();
    world.clock.advance('1s');
    await turn();
  }
  await stopped;
}
