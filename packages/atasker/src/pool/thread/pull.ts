import { availableParallelism } from 'node:os';
import { noContext, systemClock } from '../../common/clock.ts';
import { arrayEvery, promiseThen } from '../../platform/methods.ts';
import { process, runInScope, setImmediate } from '../../platform/node.ts';
import { setOf } from '../../platform/primordials.ts';
import { Looks } from '../run-queue/looks.ts';
import type { RunQueue } from '../run-queue/memory.ts';
import { arrive, park, passOn, sleepBlocked, spin, take, whenWoken, type Taker } from '../run-queue/taker.ts';

/** What executes the tasks that a thread takes. */
export interface PullerOwner {
  /** Whether the thread must take no task now. */
  readonly isBusy: boolean;
  /** Starts the run that the taker has taken. `now` is the time of the clock. */
  startTaken(now: number): void;
}

/** Maximum time in ms that short tasks hold up the event loop of their thread or process. */
export const YIELD_MS = 2;

/** Time in ms that a thread looks for more work before it sleeps: enough to read a result and to get the next task. */
const SPIN_MS = 0.06;

/** Maximum time in ms that a sleeping thread blocks its event loop, once, when it falls asleep. */
const BLOCK_MS = 2;

/**
 * The active resources of a pool thread that has nothing to do: the ports on which it hears its pool and the program.
 */
const OWN_RESOURCES = setOf(['MessagePort']);

/** Takes tasks from the run queue, one after the other, and lets the thread sleep when there is none. */
export class Puller {
  readonly #queue: RunQueue;
  readonly #taker: Taker;
  readonly #owner: PullerOwner;
  readonly #mayWait = availableParallelism() > 1;
  #isPulling = false;
  #isScheduled = false;
  #isWaiting = false;
  readonly #looks = new Looks();
  readonly #spin: typeof spin;

  constructor(queue: RunQueue, taker: Taker, owner: PullerOwner, looks: typeof spin = spin) {
    this.#spin = looks;
    this.#queue = queue;
    this.#taker = taker;
    this.#owner = owner;
  }

  /** Begins to take tasks: the thread is ready. */
  open(): void {
    arrive(this.#queue, this.#taker.seat);
    this.schedule();
  }

  /** Goes on in a turn of the event loop of its own. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    runInScope(noContext, () => setImmediate(() => this.#pullScheduled()));
  }

  /** Goes on now: the last run has ended. */
  resume(): void {
    if (!this.#isPulling && !this.#isScheduled) runInScope(noContext, () => this.#pull());
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
    while (!this.#owner.isBusy) {
      if (now > yieldAt) return this.schedule();
      if (take(this.#queue, this.#taker) !== 0) {
        passOn(this.#queue);
        this.#owner.startTaken(now);
      } else if (this.#taker.at === 'closed' || this.#isAsleep()) {
        return;
      }
      now = systemClock.now();
    }
  }

  /** Lets the thread sleep; false if there is a task by now. */
  #isAsleep(): boolean {
    const { seat } = this.#taker;
    if (this.#mayWait && this.#findsMore()) return false;
    if (!park(this.#queue, seat)) return false;
    if (hasOnlyOwnResources()) sleepBlocked(this.#queue, seat, BLOCK_MS);
    return this.#waitsToBeWoken();
  }

  /** Looks for a task for a moment. */
  #findsMore(): boolean {
    if (!this.#looks.isWorthIt()) return false;
    const giveUpAt = systemClock.now() + SPIN_MS;
    const found = this.#spin(this.#queue, this.#taker.seat, () => systemClock.now() > giveUpAt);
    if (found) this.#looks.found();
    return found;
  }

  /** Waits until the thread is woken; false if it has been woken already. */
  #waitsToBeWoken(): boolean {
    if (this.#isWaiting) return true;
    const woken = whenWoken(this.#queue, this.#taker.seat);
    if (woken === null) return false;
    this.#isWaiting = true;
    const goOn = (): void => {
      this.#isWaiting = false;
      this.#pull();
    };
    runInScope(noContext, () => void promiseThen(woken, goOn));
    return true;
  }
}

/** Whether nothing else in this thread would have to wait while the thread is blocked. */
function hasOnlyOwnResources(): boolean {
  return arrayEvery(process.getActiveResourcesInfo(), (type) => OWN_RESOURCES.has(type));
}
