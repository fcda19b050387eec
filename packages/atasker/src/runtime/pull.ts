import { availableParallelism } from 'node:os';
import { noContext, systemClock } from '../clock.ts';
import type { RunQueue } from '../run-queue/memory.ts';
import { park, passOn, sleepBlocked, spin, take, whenWoken, type Taker } from '../run-queue/taker.ts';

/** What runs the tasks. */
export interface PullHost {
  /** Whether a task is at hand that has not ended. */
  readonly isBusy: boolean;
  /** Starts what the taker has taken, at a time of the clock. */
  startTaken(now: number): void;
}

/** So long at most do short tasks hold up the event loop of their thread or process. */
export const YIELD_MS = 2;

/** So long does a thread look for more work before it sleeps: the time in which a result is read and the next task comes. */
const SPIN_MS = 0.06;

/** So long at most does a sleeping thread hold up its event loop, once, when it falls asleep. */
const BLOCK_MS = 2;

/** What a thread of ours that has nothing to do lists: the ports that it hears its pool and the program by. */
const OWN_RESOURCES = new Set(['MessagePort']);

/** A thread takes tasks from the run queue, one after the other, and sleeps when there is none. */
export class Puller {
  readonly #queue: RunQueue;
  readonly #taker: Taker;
  readonly #host: PullHost;
  readonly #mayWait = availableParallelism() > 1;
  #isPulling = false;
  #isScheduled = false;
  #isWaiting = false;

  constructor(queue: RunQueue, taker: Taker, host: PullHost) {
    this.#queue = queue;
    this.#taker = taker;
    this.#host = host;
  }

  /** Goes on, in a turn of the event loop of its own. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    noContext.runInAsyncScope(() => setImmediate(() => this.#pullScheduled()));
  }

  /** Goes on now: what was at hand has ended. */
  resume(): void {
    if (!this.#isPulling && !this.#isScheduled) noContext.runInAsyncScope(() => this.#pull());
  }

  #pullScheduled(): void {
    this.#isScheduled = false;
    this.#pull();
  }

  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    try {
      this.#takeAll();
    } finally {
      this.#isPulling = false;
    }
  }

  #takeAll(): void {
    let now = systemClock.now();
    const yieldAt = now + YIELD_MS;
    while (!this.#host.isBusy) {
      if (now > yieldAt) return this.schedule();
      if (take(this.#queue, this.#taker) !== 0) {
        passOn(this.#queue);
        this.#host.startTaken(now);
      } else if (this.#taker.at === 'closed' || this.#isAsleep()) {
        return;
      }
      now = systemClock.now();
    }
  }

  /** Sleeps; false if there is a task by now. */
  #isAsleep(): boolean {
    const { slot } = this.#taker;
    const giveUpAt = systemClock.now() + SPIN_MS;
    if (this.#mayWait && spin(this.#queue, slot, () => systemClock.now() > giveUpAt)) return false;
    if (!park(this.#queue, slot)) return false;
    if (hasOnlyOwnResources()) sleepBlocked(this.#queue, slot, BLOCK_MS);
    return this.#waitsToBeWoken();
  }

  /** False if it has been woken already. */
  #waitsToBeWoken(): boolean {
    if (this.#isWaiting) return true;
    const woken = whenWoken(this.#queue, this.#taker.slot);
    if (woken === null) return false;
    this.#isWaiting = true;
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#pull();
    };
    noContext.runInAsyncScope(() => void woken.then(goOn));
    return true;
  }
}

/** Others would wait while the thread is blocked. */
function hasOnlyOwnResources(): boolean {
  return process.getActiveResourcesInfo().every((type) => OWN_RESOURCES.has(type));
}
