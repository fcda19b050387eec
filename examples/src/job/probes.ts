import type { Waits } from './tally.ts';
import { now, probe } from './timed-tasks.ts';

const EVERY_MS = 100;

/** Starts an urgent task now and then, and notes how long each has waited. */
export class Probes {
  readonly #waits: Waits;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();

  constructor(waits: Waits) {
    this.#waits = waits;
    this.#timer = setInterval(() => this.#start(), EVERY_MS);
    this.#start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #start(): void {
    const noted = probe(now()).then((waitedMs) => {
      this.#waits.add(waitedMs);
      this.#running.delete(noted);
    });
    this.#running.add(noted);
  }
}
