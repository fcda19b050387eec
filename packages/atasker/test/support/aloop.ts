import type { Aloop, TaskSupervisor } from 'atasker';
import { within } from './within.ts';

/** The options of a task that runs there. */
export interface OnLoop {
  readonly loop: string;
  readonly supervisor: TaskSupervisor;
}

/** Runs the body with an aloop. */
export function onLoop(body: (on: OnLoop, loop: Aloop) => Promise<void>): Promise<void> {
  return within({ cancelGrace: 0 }, (supervisor) => body({ loop: 'io', supervisor }, supervisor.createAloop('io')));
}
