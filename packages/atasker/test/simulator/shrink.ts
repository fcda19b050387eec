import { deedsOf, type Plan, type Result } from './plan.ts';
import { simulate } from './simulate.ts';

/** How many programs are tried at most. */
const MOST_TRIES = 500;

/** How many orders of steps are tried with the same deeds: without a deed, the others meet at other moments. */
const SCHEDULES = 4;

/** Leaves out as many deeds as it can while the same rule is broken: those after the fault, then ever smaller parts. */
export async function shrink(failed: Result): Promise<Result> {
  let tries = 0;
  const breaks = async (only: readonly number[], from: Plan): Promise<Result | null> => {
    const schedules = [from.schedule, ...Array.from({ length: SCHEDULES }, (_, schedule) => schedule)];
    for (const schedule of new Set(schedules)) {
      if (tries >= MOST_TRIES) return null;
      tries += 1;
      const result = await simulate({ ...from, only, schedule });
      if (kindOf(result) === kindOf(failed)) return result;
    }
    return null;
  };
  let best = (await breaks([...failed.done.keys()], failed.plan)) ?? failed;
  for (let size = half(deedsOf(best.plan).length); size >= 1; size = size === 1 ? 0 : half(size)) {
    for (let from = 0; from < deedsOf(best.plan).length;) {
      const fewer = deedsOf(best.plan).toSpliced(from, size);
      const result = await breaks(fewer, best.plan);
      if (result === null) from += size;
      else best = result;
    }
  }
  return best;
}

const half = (length: number): number => Math.ceil(length / 2);

/** The rule that was broken, whoever broke it. */
function kindOf({ violation }: Result): string | null {
  return violation === null ? null : violation.message.replaceAll(/\d+|\((?:low|normal|high|critical)\)/g, '');
}
