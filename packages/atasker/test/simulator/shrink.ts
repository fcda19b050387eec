import { simulate, type Result } from './simulate.ts';

/** Leaves out as many deeds as it can while a rule is still broken: first those after the fault, then ever smaller parts. */
export async function shrink(failed: Result): Promise<Result> {
  let best = failed;
  const tries = async (without: ReadonlySet<number>, deeds = best.plan.deeds): Promise<boolean> => {
    const result = await simulate({ ...best.plan, deeds, without });
    if (kindOf(result) !== kindOf(failed)) return false;
    best = result;
    return true;
  };
  await tries(new Set(), failed.deeds);
  for (let size = Math.ceil(best.plan.deeds / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.plan.deeds; from += size) {
      const without = new Set(best.plan.without);
      for (let deed = from; deed < from + size; deed += 1) without.add(deed);
      if (without.size > best.plan.without.size) await tries(without);
    }
  }
  return best;
}

/** The rule that was broken, whoever broke it. */
function kindOf({ violation }: Result): string | null {
  return violation === null ? null : violation.message.replaceAll(/\d+/g, '');
}
