import * as fc from 'fast-check';
import type { Limits } from '../../src/core/limits.ts';
import { PRIORITIES, type PerPriority, type Priority } from '../../src/core/priority.ts';

export interface Row {
  readonly id: number;
  readonly isChild: boolean;
  priority: Priority;
  state: 'delayed' | 'waiting' | 'running' | 'suspended' | 'canceled' | 'ended';
  dueAt: number;
  /** When it took its place among the delayed or the waiting: the later, the further back. */
  place: number;
  starts: number;
  /** How often it was started in vain, and so may start once more. */
  givenBack: number;
  /** Whether it waits before all others of its priority, because it was started in vain. */
  isReturned: boolean;
}

/** What `Admission` should do, with a list that is filtered and sorted for every answer. */
export class NaivePool {
  readonly rows: Row[] = [];
  limits: Limits;
  #places = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  add(priority: Priority, isChild: boolean, dueAt: number | null): Row {
    const state = dueAt === null ? 'waiting' : 'delayed';
    const counts = { starts: 0, givenBack: 0, isReturned: false };
    const row: Row = { id: this.rows.length, isChild, priority, state, dueAt: dueAt ?? 0, place: 0, ...counts };
    this.rows.push(row);
    this.toTheTail(row);
    return row;
  }

  toTheTail(row: Row): void {
    row.place = this.#places++;
    row.isReturned = false;
  }

  /** Before all others of its priority. */
  toTheHead(row: Row): void {
    row.place = -this.#places++;
    row.isReturned = true;
  }

  in(state: Row['state']): Row[] {
    return this.rows.filter((row) => row.state === state);
  }

  get running(): number {
    return this.in('running').length;
  }

  /** Those that wait, in the order in which they would start. */
  waiting(): Row[] {
    return this.in('waiting').toSorted(
      (a, b) => rankOf(b) - rankOf(a) || reasonOf(b) - reasonOf(a) || a.place - b.place,
    );
  }

  /** Those that are delayed, in the order in which they are due. */
  delayed(): Row[] {
    return this.in('delayed').toSorted((a, b) => a.dueAt - b.dueAt || a.place - b.place);
  }

  /** The first of all that have room: not just of those at the head of the queue. */
  next(): Row | null {
    return this.waiting().find((row) => hasRoom(row.priority, this.running, this.limits)) ?? null;
  }

  due(now: number): Row | null {
    return this.delayed().find((row) => row.dueAt <= now) ?? null;
  }

  /** How many turns in a row would start a task. */
  startable(): number {
    return this.waiting().length - this.#leftWaiting().length;
  }

  /** How many would still wait after these turns, without children. */
  mustWait(): number {
    return this.#leftWaiting().filter(({ isChild }) => !isChild).length;
  }

  #leftWaiting(): Row[] {
    const left = this.waiting();
    const { running } = this;
    for (let started = 0; ; started += 1) {
      const next = left.findIndex((row) => hasRoom(row.priority, running + started, this.limits));
      if (next === -1) return left;
      left.splice(next, 1);
    }
  }
}

/** Those that came back go before the children, and these before the rest. */
const reasonOf = ({ isReturned, isChild }: Row): number => (isReturned ? 2 : Number(isChild));

export function rankOf({ priority }: { readonly priority: Priority }): number {
  return PRIORITIES.indexOf(priority);
}

/** The rule of product.md, in its own words. */
export function hasRoom(priority: Priority, running: number, limits: Limits): boolean {
  const { poolSize, reserveNormal, reserveHigh } = limits;
  const isUnlimited = poolSize === 0 || poolSize === Infinity;
  const reserves: PerPriority = {
    low: 0,
    normal: reserveNormal,
    high: reserveNormal + reserveHigh,
    critical: Infinity,
  };
  return isUnlimited || running < poolSize + reserves[priority];
}

/** Small ones, so that limits are met. */
export const anyLimits: fc.Arbitrary<Limits> = fc.record({
  poolSize: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, Infinity) },
  ),
  reserveNormal: fc.nat(2),
  reserveHigh: fc.nat(2),
});
