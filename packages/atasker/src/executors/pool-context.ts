import type { Alarms, Clock } from '../clock.ts';
import type { MainFile } from '../role.ts';
import type { TaskHandle } from '../task.ts';

/** What a pool needs to know of the program that it works for. */
export interface Program {
  /** The file of this copy of the library. */
  readonly library: string;
  mainFile(): MainFile;
}

/** What a pool works with. */
export interface MemberPoolContext {
  /** How the ids of its tasks begin. */
  readonly idPrefix: string;
  /** Whether its members are to take their tasks by themselves. */
  readonly isShared: boolean;
  /** Whether a task runs in its members at all. */
  isOurs(task: TaskHandle): boolean;
  readonly program: Program;
  readonly clock: Clock;
  readonly alarms: Alarms;
}
