import { role } from '../common/role.ts';
import { sharedState } from '../modules/library.ts';
import { process } from '../platform/node.ts';
import type { Task } from './task.ts';

/** A task, and whether somebody has looked at how it ends. */
export type ObservedTask = Task & { readonly isObserved: boolean };

/**
 * While there is one, calls run on the event loop of their caller, also those for threads and processes
 * (docs/testing.md).
 */
export interface InlineMode {
  /** Whether arguments and results are cloned as for a thread; else references pass. */
  readonly clone: boolean;
  /** Where in a test it was turned on; null if the environment asks for it. */
  readonly origin: Error | null;
  /** Told of each task when it is made, before it can end. */
  submitted(task: ObservedTask): void;
  ended(task: ObservedTask): void;
}

const state = sharedState('inline', () => ({ mode: role === null ? modeOfEnvironment() : null }));

/** Whether, and how, calls run on the event loop of their caller now. */
export function inlineMode(): InlineMode | null {
  return state.mode;
}

export function setInlineMode(mode: InlineMode | null): void {
  state.mode = mode;
}

/** `ATASKER_INLINE=1`: nobody waits for the tasks. */
function modeOfEnvironment(): InlineMode | null {
  if (process.env['ATASKER_INLINE'] !== '1') return null;
  return { clone: true, origin: null, submitted: () => {}, ended: () => {} };
}
