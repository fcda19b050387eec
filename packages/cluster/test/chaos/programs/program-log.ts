import { appendFileSync, readFileSync } from 'node:fs';
import type { EventOf, HistoryEvent } from '../checker/history.ts';
import type { Noted } from '../logged-store.ts';

/** Where programs, and the threads in them, note what happens to them: a line is written at once, whole. */
export class ProgramLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  note(event: Noted): void {
    appendFileSync(this.#path, `${JSON.stringify({ at: Date.now(), ...event }, withInfinity)}\n`);
  }

  /** In the order of time. The last line of a program that was killed may be torn. */
  read(): HistoryEvent[] {
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line, fromWord) as HistoryEvent).toSorted((a, b) => a.at - b.at);
  }
}

function withInfinity(_key: string, value: unknown): unknown {
  return value === Infinity ? 'Infinity' : value;
}

function fromWord(_key: string, value: unknown): unknown {
  return value === 'Infinity' ? Infinity : value;
}

/**
 * One history of what the store did, in its order, and what programs noted, by their times. What a node had asked for
 * stands behind the claims that it got.
 */
export function merge(ofStore: readonly HistoryEvent[], ofPrograms: readonly HistoryEvent[]): HistoryEvent[] {
  const asked = new Map<string, EventOf<'chose'>>();
  for (const event of ofPrograms) if (event.type === 'chose') for (const token of event.tokens) asked.set(token, event);
  const others = ofPrograms.filter(({ type }) => type !== 'chose');
  const merged: HistoryEvent[] = [];
  let next = 0;
  for (const [index, event] of ofStore.entries()) {
    while (next < others.length && others[next]!.at < event.at) merged.push(others[next++]!);
    merged.push(event);
    if (event.type !== 'claimed') continue;
    const choice = asked.get(event.token);
    const following = ofStore[index + 1];
    const isLast = following?.type !== 'claimed' || asked.get(following.token) !== choice;
    if (choice !== undefined && isLast) merged.push({ ...choice, at: event.at });
  }
  return [...merged, ...others.slice(next)];
}
