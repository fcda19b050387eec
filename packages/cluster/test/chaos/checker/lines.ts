import type { Priority, TaskType } from 'atasker';

/** The most urgent first. */
export const URGENCY: readonly Priority[] = ['critical', 'high', 'normal', 'low'];

export function isMoreUrgent(a: Priority, b: Priority): boolean {
  return URGENCY.indexOf(a) < URGENCY.indexOf(b);
}

/** A task that waits for a node, and its place among all that do. */
export interface Waiting {
  readonly id: string;
  readonly definition: string;
  readonly tt: TaskType;
  readonly priority: Priority;
  /** Smaller for one that joined its line earlier: when it was accepted, was due, or got its priority. */
  readonly place: number;
  readonly dueAt: number | null;
}

/** Whether a task goes before another one, whatever its type. */
export function goesBefore(a: Waiting, b: Waiting): boolean {
  if (a.priority !== b.priority) return isMoreUrgent(a.priority, b.priority);
  const areDueTogether = a.dueAt !== null && a.dueAt === b.dueAt;
  return a.place < b.place && !areDueTogether;
}

/** The tasks that wait: a line for each type, priority and definition, in the order of their places. */
export class Lines {
  readonly #lines = new Map<string, Waiting[]>();

  put(task: Waiting): void {
    const key = keyOf(task);
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, [task]);
    else line.splice(indexIn(line, task.place), 0, task);
  }

  take(task: Waiting): void {
    const line = this.#lines.get(keyOf(task))!;
    line.splice(indexIn(line, task.place), 1);
  }

  /** The first of each line of these types and definitions. */
  *heads(tts: readonly TaskType[], definitions: readonly string[]): Generator<Waiting> {
    for (const tt of tts) {
      for (const priority of URGENCY) {
        for (const definition of definitions) {
          const head = this.#lines.get(keyOf({ tt, priority, definition }))?.[0];
          if (head !== undefined) yield head;
        }
      }
    }
  }
}

function keyOf({ tt, priority, definition }: Pick<Waiting, 'tt' | 'priority' | 'definition'>): string {
  return `${tt} ${priority} ${definition}`;
}

/** Where a place is in a line, or would be. */
function indexIn(line: readonly Waiting[], place: number): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (line[middle]!.place < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
