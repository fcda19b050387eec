import { createHook } from 'node:async_hooks';

/** How many async resources of each type (`PROMISE`, `Immediate`, …) are made while the work is done. */
export async function countResources(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const hook = createHook({ init: (_id, type) => void counts.set(type, (counts.get(type) ?? 0) + 1) });
  hook.enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return counts;
}
