import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits for one second at most until none of these processes is left: there is no event for children of other programs. */
export async function assertGone(pids: readonly number[], withinMs = 1_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (pids.some(isAlive) && performance.now() < giveUpAt) await pause(10);
  assert.deepEqual(pids.filter(isAlive), [], 'processes that are left');
}

/** A zombie has ended, but its new parent has not waited for it yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The processes that this one has started and that live. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
