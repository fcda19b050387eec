import { Random } from './random.ts';

/** One program of the simulator. The same plan gives the same steps. */
export interface Plan {
  readonly seed: number;
  readonly tt: 'thread' | 'process';
  readonly transport: 'shared' | 'message';
  /** How many things the program and its faults do. */
  readonly deeds: number;
  /** The numbers of the deeds that are not left out; null if none is. */
  readonly only: readonly number[] | null;
  /** Another number lets the same deeds happen in another order of steps. */
  readonly schedule: number;
}

/** What became of a program. */
export interface Result {
  readonly plan: Plan;
  readonly steps: number;
  /** The numbers of the deeds that the program has done, with what each was and in which step. */
  readonly done: ReadonlyMap<number, string>;
  readonly violation: Error | null;
}

// Each kind of decision has a stream of its own, so that a deed stays the same when another one is left out.
const SETTING = 0;
const SCHEDULE = 1;
const DEEDS = 1_000;

/** Decides the options of the pool. */
export const settingRandom = ({ seed }: Plan): Random => new Random(seed, SETTING);

/** Decides who goes on at each step. */
export const scheduleRandom = ({ seed, schedule }: Plan): Random => new Random(seed, SCHEDULE + schedule);

/** Decides what a deed is. */
export const deedRandom = ({ seed }: Plan, number: number): Random => new Random(seed, DEEDS + number);

/** The deeds of a program, in their order. */
export function deedsOf({ deeds, only }: Plan): readonly number[] {
  return only ?? Array.from({ length: deeds }, (_, number) => number);
}
