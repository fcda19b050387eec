import { CanceledError } from 'atasker';
import type { RemoteEnd } from 'atasker/remote';

/** How a task has ended that has not completed, and what must stand in what the store has as its end. */
export function markOf(error: unknown): { readonly end: RemoteEnd; readonly mark: string } {
  if (error instanceof CanceledError) return { end: 'canceled', mark: '' };
  const run = /failed in run (?<run>\S+)/.exec((error as Error).message);
  return { end: 'failed', mark: run?.groups!['run'] ?? '' };
}
