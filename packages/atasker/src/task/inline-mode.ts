import { role } from '../common/role.ts';
import { sharedState } from '../modules/library.ts';
import { process } from '../platform/node.ts';
import type { Task } from './task.ts';

/** A task, and whether somebody has observed how it ends. */
export type ObservedTask = Task & { readonly isObserved: boolean };

/**
 * While an inline mode is set, all tasks run on the event loop of their caller, also tasks for threads and processes
 * (docs/testing.md).
 */
export interface InlineMode {
  /** Whether arguments and results are cloned as for a thread; otherwise they are passed by reference. */
  readonly clone: boolean;
  /** The place in a test that turned the mode on; null if the environment variable did. */
  readonly origin: Error | null;
  /** Called for each task when it is made, before it can end. */
  submitted(task: ObservedTask): void;
  ended(task: ObservedTask): void;
}

const state = sharedState('inline', () => ({ mode: role === null ? modeOfEnvironment() : null }));

/** The inline mode that is set now, or null. */
export function inlineMode(): InlineMode | null {
  return state.mode;
}

export function setInlineMode(mode: InlineMode | null): void {
  state.mode = mode;
}

/** The mode that `ATASKER_INLINE=1` sets. This mode waits for no tasks. */
function modeOfEnvironment(): InlineMode | null {
  if (process.env['ATASKER_INLINE'] !== '1') return null;
  return { clone: true, origin: null, submitted: () => {}, ended: () => {} };
}
