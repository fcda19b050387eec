/** Whether what a contender did is right: the same rule for all of them. */
import { INNOCENT_VALUE, ORDINARY_TASKS, type Facts, type Settlement } from './facts.ts';
import type { Rule, Verdict } from './rules.ts';

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** The program reported nothing for too long, and was killed. */
  readonly timedOut: boolean;
}

/** The reports of the program of a cell, and how the program ended. */
export interface Report {
  readonly facts: Facts;
  readonly ending: Ending;
}

/**
 * Right means: the task ends as the rule of its row says, an ordinary task called right after it is not harmed, a hundred
 * more complete on the same pool, the pool can be closed, and then the program ends by itself. The first of these that
 * does not hold is what the cell says.
 */
export function judge(rule: Rule, { facts, ending }: Report): Verdict {
  const { task } = facts;
  if (task === undefined) return wrong(ending.timedOut ? 'hangs' : diesOf(ending));
  if (task.state === 'pending') return wrong('hangs');
  const verdict = rule(task);
  const aftermath = problemAfter(facts, ending);
  return verdict.right && aftermath !== null ? wrong(aftermath) : verdict;
}

function problemAfter({ innocent, after, closed }: Facts, ending: Ending): string | null {
  if (innocent === undefined) return notReached(ending);
  if (!isUnharmed(innocent)) return innocent.state === 'pending' ? 'next task hangs' : 'next task fails';
  if (after === undefined) return notReached(ending);
  if (after < ORDINARY_TASKS) return 'then other tasks fail'; // how many depends on the moment
  if (closed === undefined) return notReached(ending);
  if (closed !== 'completed') return closed === 'pending' ? 'then close() hangs' : 'then close() fails';
  if (ending.timedOut) return 'then program never ends';
  return ending.code === 0 ? null : diesOf(ending);
}

function isUnharmed(innocent: Settlement): boolean {
  return innocent.state === 'completed' && innocent.value === INNOCENT_VALUE;
}

function notReached(ending: Ending): string {
  return ending.timedOut ? 'then program hangs' : diesOf(ending);
}

function diesOf({ code, signal }: Ending): string {
  return `program dies (${signal ?? code})`;
}

function wrong(words: string): Verdict {
  return { right: false, words };
}
