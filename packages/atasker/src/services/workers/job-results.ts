import { arrayPush, arrayShift, each } from '../../platform/methods.ts';
import { Map } from '../../platform/primordials.ts';
import type { Ending } from './rhythm.ts';
import { Waiter } from './waiter.ts';

type Waiting = Map<unknown, Waiter<unknown>[]>;

/**
 * Who waits for the result of a job. Jobs are told apart as the keys of a Map: an object by itself, so a queue of the
 * user has to give back the same objects; equal texts and numbers are equal jobs, and it does not matter which is which.
 */
export class JobResults {
  readonly #waiting: Waiting = new Map();
  readonly #running: Waiting = new Map();

  add(job: unknown, whyNever: () => Error): Waiter<unknown> {
    const waiter = new Waiter<unknown>(whyNever);
    put(this.#waiting, job, waiter);
    return waiter;
  }

  /** The job begins. */
  begin(job: unknown): void {
    const waiter = take(this.#waiting, job);
    if (waiter !== null) put(this.#running, job, waiter);
  }

  /** The job has ended. @returns whether somebody waits for its result */
  settle(job: unknown, end: Ending): boolean {
    const waiter = take(this.#running, job);
    if (waiter === null) return false;
    if ('error' in end) waiter.reject(end.error);
    else waiter.resolve(end.result);
    return true;
  }

  /** The jobs that have not begun will not give a result. */
  rejectWaiting(error: () => Error): void {
    for (const waiters of this.#waiting.values()) for (const waiter of each(waiters)) waiter.reject(error());
    this.#waiting.clear();
  }

  moveTo(other: JobResults): void {
    for (const entry of this.#waiting) for (const waiter of each(entry[1])) put(other.#waiting, entry[0], waiter);
    this.#waiting.clear();
  }
}

function put(waiting: Waiting, job: unknown, waiter: Waiter<unknown>): void {
  const waiters = waiting.get(job);
  if (waiters === undefined) waiting.set(job, [waiter]);
  else arrayPush(waiters, waiter);
}

function take(waiting: Waiting, job: unknown): Waiter<unknown> | null {
  const waiters = waiting.get(job);
  if (waiters === undefined) return null;
  const waiter = arrayShift(waiters) ?? null;
  if (waiters.length === 0) waiting.delete(job);
  return waiter;
}
