import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits until no process of these is left, for one second at most: nobody tells when a child of another program ends. */
export async function assertGone(pids: readonly number[], withinMs = 1_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (pids.some(isAlive) && performance.now() < giveUpAt) await pause(10);
  assert.deepEqual(pids.filter(isAlive), [], 'processes that are left');
}

/** A zombie has ended; whoever inherited it has not looked yet. */
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
