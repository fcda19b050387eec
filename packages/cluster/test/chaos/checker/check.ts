import type { EventOf, EventType, HistoryEvent, Promises } from './history.ts';
import { Programs } from './programs.ts';
import { RULES } from './rules.ts';
import { World } from './world.ts';

/** That a promise was broken. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly id: string | null;
  /** The event at which it shows; the length of the history if it shows at the end. */
  readonly index: number;
}

/** Of a history with many violations of one rule, so many are kept. */
const MOST_OF_ONE = 20;

/** Which promises a history breaks. The events stand in the order of the store; those of programs, by their times. */
export function check(history: readonly HistoryEvent[], promises: Promises): readonly Violation[] {
  const violations: Violation[] = [];
  const world = new World(promises);
  const programs = new Programs();
  let index = 0;
  const rules = RULES.map((rule) => {
    let count = 0;
    const broken = (message: string, id?: string): void => {
      count += 1;
      if (count <= MOST_OF_ONE) violations.push({ rule: rule.name, message, id: id ?? null, index });
    };
    return rule.start({ world, programs, promises, broken });
  });
  for (const event of history) {
    world.pass(event.at);
    for (const rule of rules) {
      rule.any?.(event);
      (rule[event.type] as ((told: EventOf<EventType>) => void) | undefined)?.(event);
    }
    world.apply(event);
    programs.apply(event);
    index += 1;
  }
  for (const rule of rules) rule.end?.(history.at(-1)?.at ?? 0);
  return violations;
}

/** What the history says about a task: to read beside a violation. */
export function excerpt(history: readonly HistoryEvent[], id: string): readonly string[] {
  return history.filter((event) => 'id' in event && event.id === id).map((event) => JSON.stringify(event));
}
