import type { EventOf, HistoryEvent } from './history.ts';

interface Program {
  readonly up: EventOf<'nodeUp'> | null;
  /** Since when it has run without a break; null while it does not. */
  runsSince: number | null;
  /** Since when it does not run; null while it does. */
  stoppedAt: number | null;
  wasKilled: boolean;
}

/** The programs at a moment of the history. */
export class Programs {
  readonly #programs = new Map<string, Program>();
  readonly #hearsFrom = new Map<string, number>();

  apply(event: HistoryEvent): void {
    const { type, at } = event;
    const running = { runsSince: at, stoppedAt: null, wasKilled: false };
    if (type === 'nodeUp') this.#programs.set(event.node, { up: event, ...running });
    else if (type === 'programResumed') this.#change(event.program, running);
    else if (type === 'loopBlocked')
      this.#hearsFrom.set(event.node, Math.max(this.hearsFrom(event.node), at + event.ms));
    else if (type === 'storeBack') this.#runAgain(at);
    else if (type === 'programPaused' || type === 'programDown') {
      const stoppedAt = this.stoppedAt(event.program) ?? at;
      this.#change(event.program, { runsSince: null, stoppedAt, wasKilled: type === 'programDown' && event.isKilled });
    }
  }

  /** No program could say that it lives, or look for work. */
  #runAgain(at: number): void {
    for (const program of this.#programs.values()) if (program.runsSince !== null) program.runsSince = at;
  }

  #change(name: string, change: Omit<Program, 'up'>): void {
    this.#programs.set(name, { up: this.#programs.get(name)?.up ?? null, ...change });
  }

  node(name: string): EventOf<'nodeUp'> | null {
    return this.#programs.get(name)?.up ?? null;
  }

  wasKilled(name: string): boolean {
    return this.#programs.get(name)?.wasKilled ?? false;
  }

  /** When a node could hear again what the store tells, if its event loop was blocked. */
  hearsFrom(node: string): number {
    return this.#hearsFrom.get(node) ?? -Infinity;
  }

  /** Since when a program does not run; null while it does. */
  stoppedAt(name: string): number | null {
    return this.#programs.get(name)?.stoppedAt ?? null;
  }

  /** Whether a node has run without a break since then. */
  hasRunSince(name: string, since: number): boolean {
    const runsSince = this.#programs.get(name)?.runsSince ?? null;
    return runsSince !== null && runsSince <= since;
  }

  /** Those that run now, with since when they have done so without a break. */
  *runningNodes(): Generator<{ readonly up: EventOf<'nodeUp'>; readonly since: number }> {
    for (const { up, runsSince } of this.#programs.values()) {
      if (up !== null && runsSince !== null) yield { up, since: runsSince };
    }
  }

  /** Whether any node has. */
  anyHasRunSince(since: number): boolean {
    return [...this.runningNodes()].some((node) => node.since <= since);
  }
}
