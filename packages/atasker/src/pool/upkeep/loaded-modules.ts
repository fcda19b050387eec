import { arraySlice, each, listOf } from '../../platform/methods.ts';
import { Map, Math, Set } from '../../platform/primordials.ts';

/** How often a module could not be loaded since its last success, and until when its failures replace no member. */
interface Failures {
  count: number;
  pauseMs: number;
  keepUntil: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Largest number of modules that a new member loads ahead of its first task. */
const MOST_PRELOADED = 8;

/** The modules whose tasks have completed in one pool, and the modules that could not be loaded there. */
export class LoadedModules {
  readonly #loaded = new Set<string>();
  readonly #failed = new Map<string, Failures>();

  /**
   * The modules that a new member loads first. A module that cannot be loaded must not hold up the member, so only
   * modules whose tasks have completed are among them.
   */
  get latest(): readonly string[] {
    return arraySlice(listOf(this.#loaded), -MOST_PRELOADED);
  }

  /** A task of that module has completed. */
  completed(module: string): void {
    this.#loaded.add(module);
    if (this.#failed.size > 0) this.#failed.delete(module);
  }

  /**
   * A member has ended or is blocked. If nothing has run there, the modules that it loaded first may be the reason: new
   * members do not load them first any more, until a task of them completes again.
   */
  distrust({ hasRun, preloaded }: { readonly hasRun: boolean; readonly preloaded: readonly string[] }): void {
    if (!hasRun) for (const module of each(preloaded)) this.#loaded.delete(module);
  }

  /**
   * A member could not load a module. Returns whether that member is to be replaced. An ES module that has failed fails
   * at every further try, since the runtime remembers the error, and the member would take all waiting tasks, faster
   * than any other member can run them. If a module fails in one member after the other, the module is at fault: then
   * members are replaced less and less often, and the tasks of the module fail at once.
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
