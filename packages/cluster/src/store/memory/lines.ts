import type { Priority, TaskType } from 'atasker';
import TinyQueue from 'tinyqueue';
import type { KeptTask } from './kept-task.ts';

/** Where a task stood when it joined a line. It is out of date when the task has gone elsewhere since. */
interface Standing {
  readonly kept: KeptTask;
  readonly place: number;
}

/** The queued tasks: a line for each type, priority and definition, so that a name nobody knows holds up no other. */
export class Lines {
  readonly #lines = new Map<string, TinyQueue<Standing>>();

  add(kept: KeptTask): void {
    const key = keyOf(kept.task.tt, kept.priority, kept.task.definition);
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = new TinyQueue<Standing>([], (a, b) => a.place - b.place)));
    line.push({ kept, place: kept.place });
  }

  /** The first task of the lines of these types and definitions; null if there is none. */
  first(types: readonly TaskType[], priority: Priority, definitions: readonly string[]): KeptTask | null {
    let first: KeptTask | null = null;
    for (const tt of types) {
      for (const definition of definitions) {
        const head = this.#head(keyOf(tt, priority, definition), priority);
        if (head !== null && (first === null || head.place < first.place)) first = head;
      }
    }
    return first;
  }

  #head(key: string, priority: Priority): KeptTask | null {
    const line = this.#lines.get(key);
    for (let head = line?.peek(); head !== undefined; head = line!.peek()) {
      const { kept, place } = head;
      if (kept.state === 'queued' && kept.place === place && kept.priority === priority) return kept;
      line!.pop();
    }
    this.#lines.delete(key);
    return null;
  }
}

function keyOf(tt: TaskType, priority: Priority, definition: string): string {
  return `${tt} ${priority} ${definition}`;
}
