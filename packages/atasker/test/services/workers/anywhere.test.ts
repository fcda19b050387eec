/**
 * A queue worker whose public methods are called in random order from everywhere: from outside, and from its executor,
 * its hooks, its `onError` and its queue, all of which may also throw, reject, or return what they should not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BackgroundQueueWorker, TaskSupervisor, type JobQueue, type QueueWorkerOptions } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { turn } from '../../support/events.ts';
import '../../support/leaks.ts';

const CALLS = ['put', 'drain', 'start', 'stop', 'stopDraining', 'restart', 'pause', 'resume', 'wait'] as const;
const ENDS = ['return', 'throw', 'reject', 'false', 'nonsense', 'gate'] as const;
const PLACES = [
  'run',
  'beforeStart',
  'afterStart',
  'beforeStop',
  'afterStop',
  'onError',
  'push',
  'shift',
  'size',
] as const;

type Call = (typeof CALLS)[number];
type Place = (typeof PLACES)[number];

/** What one call of the user's code does: calls of the worker, awaited or not, then an end. */
interface Act {
  readonly calls: readonly Call[];
  readonly isAwaited: boolean;
  readonly end: (typeof ENDS)[number];
}

interface Plan {
  readonly outside: readonly (Call | 'turn' | 'time' | 'open')[];
  readonly acts: Readonly<Record<Place, readonly Act[]>>;
  readonly concurrency: number;
  readonly maxSize: number;
  readonly hasOwnQueue: boolean;
}

const NONSENSE = [Number.NaN, -1, 'x', null, {}, Symbol('nonsense')];

class World {
  readonly clock = new ManualClock();
  readonly supervisor = new TaskSupervisor({ clock: this.clock });
  readonly pending = new Map<Promise<unknown>, string>();
  readonly kept: number[] = [];
  readonly refused: number[] = [];
  readonly executed: number[] = [];
  readonly worker: Worker;
  readonly #acts: Record<Place, Act[]>;
  #gates: (() => void)[] = [];
  #jobs = 0;
  #isMade = false; // the queue is checked when the worker is made

  constructor({ acts, concurrency, maxSize, hasOwnQueue }: Plan) {
    this.#acts = Object.fromEntries(PLACES.map((place) => [place, [...acts[place]]])) as Record<Place, Act[]>;
    const onError = (): unknown => this.act('onError');
    const queue = hasOwnQueue ? this.#queue() : (true as const);
    this.worker = new Worker(this, { supervisor: this.supervisor, concurrency, maxSize, onError, queue });
    this.supervisor.on('error', () => {});
    this.#isMade = true;
  }

  /** One call of the worker. Its promise is noted until it settles; the promise returned here never rejects. */
  call(call: Call): Promise<unknown> {
    const job = this.#jobs;
    if (call === 'put') this.#jobs += 1;
    const made = (async () => this.#make(call, job))();
    const noted = made.then(
      () => void (call === 'put' && this.kept.push(job)),
      () => void (call === 'put' && this.refused.push(job)),
    );
    this.pending.set(noted, call);
    void noted.then(() => this.pending.delete(noted));
    return noted;
  }

  /** What the user's code does at this place. Once its acts are used up it behaves. */
  act(place: Place): unknown {
    const act = this.#isMade ? this.#acts[place].shift() : undefined;
    if (act === undefined) return undefined;
    const calls = act.calls.map((call) => this.call(call));
    return act.isAwaited ? Promise.all(calls).then(() => this.#end(act)) : this.#end(act);
  }

  open(): void {
    for (const open of this.#gates.splice(0)) open();
  }

  #end({ end }: Act): unknown {
    if (end === 'throw') throw new Error('thrown');
    if (end === 'reject') return Promise.reject(new Error('rejected'));
    if (end === 'false') return false;
    if (end === 'nonsense') return NONSENSE[this.#jobs % NONSENSE.length];
    if (end === 'gate') return new Promise<void>((resolve) => void this.#gates.push(resolve));
    return undefined;
  }

  #make(call: Call, job: number): unknown {
    const { worker } = this;
    if (call === 'put') return worker.put(job);
    if (call === 'stopDraining') return worker.stop({ drain: true });
    if (call === 'wait') return worker.waitUntilStop();
    return worker[call]();
  }

  /** A queue that misbehaves. What it throws, or returns a rejected promise for, it has not done. */
  #queue(): JobQueue<number> & Iterable<number> {
    const jobs: number[] = [];
    const misbehave = (place: 'push' | 'shift' | 'size'): unknown => {
      const answer = this.act(place);
      if (answer instanceof Promise) answer.catch(() => {});
      return answer;
    };
    return {
      push(job) {
        misbehave('push');
        jobs.push(job);
      },
      shift() {
        misbehave('shift');
        return jobs.shift();
      },
      get size() {
        const answer = misbehave('size');
        return answer === undefined || answer instanceof Promise ? jobs.length : (answer as number);
      },
      [Symbol.iterator]: () => jobs[Symbol.iterator](),
    };
  }
}

class Worker extends BackgroundQueueWorker<number> {
  readonly #world: World;

  constructor(world: World, options: QueueWorkerOptions<number>) {
    super(options);
    this.#world = world;
  }

  protected override run(job: number): unknown {
    this.#world.executed.push(job);
    return this.#world.act('run');
  }

  protected override beforeStart(): unknown {
    return this.#world.act('beforeStart');
  }

  protected override afterStart(): unknown {
    return this.#world.act('afterStart');
  }

  protected override beforeStop(): unknown {
    return this.#world.act('beforeStop');
  }

  protected override afterStop(): unknown {
    return this.#world.act('afterStop');
  }
}

async function liveThrough(plan: Plan): Promise<void> {
  const world = new World(plan);
  const { worker, clock } = world;
  for (const step of plan.outside) {
    if (step === 'turn') await turn();
    else if (step === 'time') clock.advance('10s');
    else if (step === 'open') world.open();
    else void world.call(step);
    await Promise.resolve();
  }
  await untilQuiet(world);
  const left = [...(worker.queue as Iterable<number>)];
  assert.deepEqual([...world.pending.values()], [], 'nobody waits for a worker that has stopped');
  assert.deepEqual([...world.executed, ...left].toSorted(byValue), world.kept.toSorted(byValue));
  assert.equal((await world.supervisor.stop()).unfinished.length, 0);
}

const byValue = (a: number, b: number): number => a - b;

/** Lets everything end that can, with an executor that ends and no more calls but a last stop. */
async function untilQuiet(world: World): Promise<void> {
  const { worker, clock } = world;
  for (let round = 0; round < 60; round += 1) {
    world.open();
    clock.advance('10s');
    await turn();
    if (round > 20 && round < 50) void world.call('stop');
    if (round > 30 && worker.isStopped()) break;
  }
  await turn();
}

const act = fc.record<Act>({
  calls: fc.array(fc.constantFrom(...CALLS), { maxLength: 2 }),
  isAwaited: fc.boolean(),
  end: fc.constantFrom('return', 'return', ...ENDS),
});

const plan = fc.record<Plan>({
  outside: fc.array(fc.constantFrom('put', 'put', 'start', 'turn', 'turn', 'time', 'open', ...CALLS), {
    maxLength: 30,
    size: 'max',
  }),
  acts: fc.record(
    Object.fromEntries(PLACES.map((place) => [place, fc.array(act, { maxLength: 4 })])) as Record<
      Place,
      fc.Arbitrary<Act[]>
    >,
  ),
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxSize: fc.constantFrom(1, 2, Infinity),
  hasOwnQueue: fc.boolean(),
});

test(
  'from wherever a queue worker is told what to do: once it has stopped nobody waits, and each job was executed once or is in its queue',
  { timeout: 60_000 },
  async () => {
    await fc.assert(fc.asyncProperty(plan, liveThrough), { numRuns: 200, timeout: 10_000 });
  },
);
