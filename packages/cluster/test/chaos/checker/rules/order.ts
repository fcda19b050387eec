import type { EventOf, EventType } from '../history.ts';
import { goesBefore, isMoreUrgent, type Waiting } from '../lines.ts';
import type { Rule } from '../rule.ts';

/** What ends a choice. What programs note does not: it may stand between the steps of one transaction. */
const MOVES: ReadonlySet<EventType> = new Set([
  'chose',
  'accepted',
  'queued',
  'claimed',
  'leaseOver',
  'regained',
  'released',
  'ended',
  'priorityChanged',
]);

/** What a node got in one step. */
interface Choice {
  readonly node: string;
  /** When it got the last one. */
  at: number;
  readonly last: Map<string, Waiting>;
  readonly taken: Waiting[];
}

/**
 * Whenever a node chose, no task that went before a claimed one was left, of those that the node knows and had room for.
 *
 * If it is not known what a node asked for, claims of one node that follow each other are taken for one choice. There is
 * more room for a more urgent task of the same type, so within a type the room need not be known.
 */
export const order: Rule = {
  name: 'a node gets the most urgent tasks first, and of one priority the oldest',
  start({ world, programs, broken }) {
    let choice: Choice | null = null;

    function leftBehind(definitions: readonly string[], chose: EventOf<'chose'> | null): void {
      const { node, at, last, taken } = choice!;
      const types = chose === null ? last.keys() : Object.keys(chose.room);
      for (const head of world.lines.heads([...types] as Waiting['tt'][], definitions)) {
        const behind = chose !== null && hasRoom(head, taken, chose) ? lastOf(taken) : last.get(head.tt);
        const isNew = (world.tasks.get(head.id)?.since ?? at) > at;
        if (!isNew && behind !== undefined && goesBefore(head, behind)) {
          broken(`${node} got ${behind.id} (${behind.priority}) and left this one (${head.priority})`, head.id);
        }
      }
    }

    return {
      any(event) {
        if (choice === null || !MOVES.has(event.type)) return;
        if (event.type === 'claimed' && event.node === choice.node) return;
        const chose = event.type === 'chose' && event.node === choice.node ? event : null;
        const definitions = chose?.definitions ?? programs.node(choice.node)?.definitions ?? [];
        leftBehind(definitions, chose);
        choice = null;
      },
      end() {
        if (choice !== null) leftBehind(programs.node(choice.node)?.definitions ?? [], null);
      },
      claimed({ id, node, at }) {
        const waiting = world.tasks.get(id)?.waiting ?? null;
        if (waiting === null) return; // another rule tells
        choice ??= { node, at, last: new Map(), taken: [] };
        choice.at = at;
        choice.taken.push(waiting);
        const before = choice.last.get(waiting.tt);
        if (before === undefined || goesBefore(before, waiting)) choice.last.set(waiting.tt, waiting);
      },
    };
  },
};

function lastOf(taken: readonly Waiting[]): Waiting {
  return taken.reduce((last, task) => (goesBefore(last, task) ? task : last));
}

/** Whether there was room for one more, beside those that were taken and are as urgent or more. */
function hasRoom({ tt, priority }: Waiting, taken: readonly Waiting[], { room }: EventOf<'chose'>): boolean {
  const counted = taken.filter((task) => task.tt === tt && !isMoreUrgent(priority, task.priority));
  return counted.length < (room[tt]?.[priority] ?? 0);
}
