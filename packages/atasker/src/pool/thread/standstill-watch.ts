import { systemClock } from '../../common/clock.ts';
import { isIdle, latestStandstill, onStandstill, type Standstill } from '../../define/standstill.ts';
import { each } from '../../platform/methods.ts';
import { clearInterval, process, setInterval, setTimeout, unrefTimer } from '../../platform/node.ts';
import { Map, Promise } from '../../platform/primordials.ts';

/**
 * An evaluation that awaits what never comes may go on all the same within this many turns of this many ms: a
 * `Promise.race` need not wait for what never comes. Turns are counted instead of time because a thread that is busy
 * for long runs no timer meanwhile, so what the evaluation awaits cannot come either.
 */
const PATIENCE_TURNS = 15;
const TURN_MS = 20;

/** Time in ms between two looks for idleness. */
const IDLE_LOOK_MS = 300;

/**
 * Time in ms after which a module that has called what never comes, and does nothing at all, counts as waiting for it.
 */
const IDLE_MS = 2_000;

/** Finds out whether the evaluation of modules stands still, while a task waits for a definition. */
export class StandstillWatch {
  /** Resolves when a standstill is found. */
  readonly found: Promise<void>;
  standstill: Standstill | null = null;
  readonly #busyBefore = activity();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #setFound = (): void => {};
  #idleSince = systemClock.now();
  #watched: Standstill | null = null;

  constructor() {
    this.found = new Promise((resolve) => (this.#setFound = resolve));
    this.#stopListening = onStandstill(() => this.#look());
    this.#timer = setInterval(() => this.#checkIdle(), IDLE_LOOK_MS);
    unrefTimer(this.#timer);
    this.#look();
  }

  close(): void {
    this.#stopListening();
    clearInterval(this.#timer);
  }

  #look(): void {
    const latest = latestStandstill();
    if (latest === null || latest === this.#watched || this.standstill !== null) return;
    this.#watched = latest;
    this.#wait(latest, PATIENCE_TURNS);
  }

  /** Finds the standstill, unless the evaluation goes on within so many turns. */
  #wait(standstill: Standstill, turns: number): void {
    if (latestStandstill() !== standstill) return;
    if (turns > 0) return void unrefTimer(setTimeout(() => this.#wait(standstill, turns - 1), TURN_MS));
    this.standstill = standstill;
    this.#setFound();
  }

  /**
   * Finds a standstill by idleness. Nobody can tell who awaits a call that is not awaited directly, in a map for
   * example.
   */
  #checkIdle(): void {
    const now = systemClock.now();
    if (isMoreThan(this.#busyBefore)) this.#idleSince = now;
    else if (now - this.#idleSince >= IDLE_MS) isIdle();
  }
}

/** How many resources keep the event loop of this thread busy, by kind. */
export function activity(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of each(process.getActiveResourcesInfo())) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** Whether more resources are active than before. Bun does not tell its resources, so it always counts as busy. */
function isMoreThan(before: Map<string, number>): boolean {
  if ('bun' in process.versions) return true;
  const now = activity();
  for (const type of now.keys()) if (now.get(type)! > (before.get(type) ?? 0)) return true;
  return false;
}
