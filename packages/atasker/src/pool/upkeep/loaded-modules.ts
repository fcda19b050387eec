import { arraySlice, listOf } from '../../platform/methods.ts';
import { Map, Math, Set } from '../../platform/primordials.ts';

/** How often a module could not be loaded since it last was, and until when members are kept all the same. */
interface Failures {
  count: number;
  pauseMs: number;
  keepUntil: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** How many modules a new member loads ahead of its first task. */
const MOST_PRELOADED = 8;

/** The modules of tasks that ran in one pool, and those that could not be loaded there. */
export class LoadedModules {
  readonly #loaded = new Set<string>();
  readonly #failed = new Map<string, Failures>();

  /** What a new member is to load first. A module that cannot be loaded is not among them: it must not hold up the member. */
  get latest(): readonly string[] {
    return arraySlice(listOf(this.#loaded), -MOST_PRELOADED);
  }

  /** A task of that module has completed. */
  completed(module: string): void {
    this.#loaded.add(module);
    if (this.#failed.size > 0) this.#failed.delete(module);
  }

  /**
   * A member could not load a module. Gives whether that member is to be replaced. An ES module that has failed fails
   * at every further try, since the runtime remembers the error, and the member would take all tasks that wait, faster
   * than any other can run them. If a module fails in one member after the other, the module is at fault: then members
   * are replaced less and less often, and its tasks fail at once.
   */
  failed(module: string, now: number, mostMembers: number): boolean {
    const failures = this.#failed.get(module) ?? { count: 0, pauseMs: FIRST_PAUSE_MS, keepUntil: now };
    this.#failed.set(module, failures);
    failures.count += 1;
    if (failures.count <= 2 * mostMembers) return true;
    if (now < failures.keepUntil) return false;
    failures.keepUntil = now + failures.pauseMs;
    failures.pauseMs = Math.min(LONGEST_PAUSE_MS, failures.pauseMs * 2);
    return true;
  }
}
