import type { EventOf, EventType, Promises } from './history.ts';
import type { Programs } from './programs.ts';
import type { World } from './world.ts';

/** What a rule may look at. Both are as they were before the event that the rule is given. */
export interface Scene {
  readonly world: World;
  readonly programs: Programs;
  readonly promises: Promises;
  /** Says that the rule is broken, and by which task. */
  readonly broken: (message: string, id?: string) => void;
}

/** What a rule does at an event, by its type. */
export type RuleHandlers = { readonly [T in EventType]?: (event: EventOf<T>) => void } & {
  /** At any event, before the handler of its type. */
  readonly any?: (event: EventOf<EventType>) => void;
  /** After the last event. */
  readonly end?: (at: number) => void;
};

/** Proves one promise over a history. */
export interface Rule {
  /** The promise, in words. */
  readonly name: string;
  start(scene: Scene): RuleHandlers;
}
