import { Alarms, systemClock } from '../../src/common/clock.ts';
import { EventLoop } from '../../src/executors/event-loop.ts';
import type { Executor } from '../../src/executors/executor.ts';
import type { MemberKind } from '../../src/pool/channels/channel.ts';
import { PROCESSES } from '../../src/pool/channels/process.ts';
import { THREADS } from '../../src/pool/channels/thread.ts';
import { processPoolSettings } from '../../src/pool/options.ts';
import { MemberPool } from '../../src/pool/pool.ts';
import { demand, ignoredEvents, poolContext } from '../support/executors.ts';
import '../support/leaks.ts';
import { startStopContract, type Service } from '../support/start-stop.ts';

const nothing = (): void => {};

/** A pool references nothing, so a test that uses one alone must keep the program alive. */
async function alive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1_000_000);
  return work.finally(() => clearInterval(timer));
}

function poolOf(kind: MemberKind, isShared: boolean): Service {
  const alarms = new Alarms(systemClock);
  const settings = (poolSize: number): ReturnType<typeof processPoolSettings> => processPoolSettings({ poolSize });
  const pool = new MemberPool(
    kind,
    ignoredEvents,
    { ...poolContext, clock: systemClock, isShared, alarms },
    settings(2),
  );
  return {
    start: () => pool.open(),
    stop: () => alive(pool.close()).finally(() => alarms.close()),
    work: () => pool.prepare(demand(2)),
    resize(size) {
      pool.configure(settings(size));
      pool.prepare(demand(size));
    },
    get left() {
      return pool.size.alive;
    },
  };
}

function eventLoop(): Service {
  const loop: Executor = new EventLoop(ignoredEvents, { context: true });
  return {
    start: nothing,
    stop: () => loop.close(),
    work: nothing,
    resize: nothing,
    get left() {
      return loop.size.alive;
    },
  };
}

startStopContract('a pool of threads that take their tasks', () => poolOf(THREADS, true), 4);
startStopContract('a pool of threads that are sent their tasks', () => poolOf(THREADS, false), 4);
startStopContract('a pool of processes', () => poolOf(PROCESSES, false), 2);
startStopContract('an event loop', eventLoop, 20);
