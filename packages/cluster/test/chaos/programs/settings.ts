import type { TaskType } from 'atasker';
import type { NodeLimits } from '../checker/history.ts';

/** What a program of a chaos run is started with, as JSON in its first argument. */
export interface ProgramSettings {
  readonly name: string;
  /** The file of the store. */
  readonly path: string;
  /** The file of the `ProgramLog`. */
  readonly log: string;
  readonly seed: number;
  readonly leaseMs: number;
  readonly maxLost: number;
  /** Of a node that only has a store: the name of what is wrong with the store; null if nothing is. */
  readonly fault: string | null;
  /** Of a submitter: how many tasks. */
  readonly tasks: number;
  /** Of a node: whether it lacks one of the functions. */
  readonly lacksRare: boolean;
  /** Of a node: whether it is one of the command line. */
  readonly isCommandLine: boolean;
  readonly limits: Readonly<Record<TaskType, NodeLimits>>;
}

export function settings(): ProgramSettings {
  return JSON.parse(process.argv[2]!) as ProgramSettings;
}
