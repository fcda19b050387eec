import { systemClock } from '../../common/clock.ts';
import { isIdle, latestStandstill, onStandstill, type Standstill } from '../../define/standstill.ts';
import { each } from '../../platform/methods.ts';
import { clearInterval, process, setInterval, setTimeout, unrefTimer } from '../../platform/node.ts';
import { Map, Promise } from '../../platform/primordials.ts';

/**
 * Time in ms in which an evaluation that awaits what never comes may go on all the same: a `Promise.race` need not wait
 * for what never comes.
 */
const PATIENCE_MS = 300;

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

  constructor() {
    this.found = new Promise((resolve) => (this.#setFound = resolve));
    this.#stopListening = onStandstill(() => this.#look());
    this.#timer = setInterval(() => this.#checkIdle(), PATIENCE_MS);
    unrefTimer(this.#timer);
    this.#look();
  }

  close(): void {
    this.#stopListening();
    clearInterval(this.#timer);
  }

  #look(): void {
    const latest = latestStandstill();
    if (latest === null || this.standstill !== null) return;
    const patience = latest.since + PATIENCE_MS - systemClock.now();
    if (patience > 0) return void unrefTimer(setTimeout(() => this.#look(), patience));
    this.standstill = latest;
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
