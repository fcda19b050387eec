import { higherOf, type Priority } from '../../core/priority.ts';
import type { TaskSpec } from '../../task/call.ts';
import { lifeOf } from '../../task/life.ts';
import type { Outcome } from '../../task/outcome.ts';
import type { TaskHandle } from '../../task/task.ts';

/** Suspends and resumes the slot of a parent. */
export interface FamilyOwner {
  suspend(parent: TaskHandle): void;
  resume(parent: TaskHandle): void;
}

/**
 * Tasks that running tasks have called. A parent is suspended if its synchronous part is done and it waits for a child:
 * other tasks may then use its slot, so a pool full of parents cannot lock up. When the last child that it waits for
 * has ended, the parent goes on at once.
 */
export class Family {
  readonly #owner: FamilyOwner;

  constructor(owner: FamilyOwner) {
    this.#owner = owner;
  }

  adopt(parent: TaskHandle, child: TaskHandle): void {
    lifeOf(child).parent = parent;
    if (!child.spec.detached) lifeOf(parent).children.add(child);
  }

  /** Somebody, normally the parent, waits for the child. */
  awaited(child: TaskHandle): void {
    const life = child.life;
    if (life === null || life.parent === null || life.isAwaited || child.isCompleted()) return;
    life.isAwaited = true;
    lifeOf(life.parent).waitsFor += 1;
    this.#checkSuspend(life.parent);
  }

  /** The synchronous part of the parent is done. */
  returned(parent: TaskHandle): void {
    parent.hasReturned = true;
    if (parent.life !== null) this.#checkSuspend(parent);
  }

  /** A task has ended: its parent may go on. */
  ended(child: TaskHandle): void {
    const childLife = child.life;
    if (childLife === null || childLife.parent === null) return;
    const { parent, isAwaited } = childLife;
    childLife.parent = null; // otherwise a chain of tasks that start their successors would stay in memory
    const life = lifeOf(parent);
    life.children.delete(child);
    if (!isAwaited) return;
    life.waitsFor -= 1;
    if (life.waitsFor > 0 || !life.isSuspended) return;
    life.isSuspended = false;
    if (!parent.isCompleted()) this.#owner.resume(parent);
  }

  #checkSuspend(parent: TaskHandle): void {
    const life = lifeOf(parent);
    const waits = parent.hasReturned && life.waitsFor > 0;
    if (!waits || life.isSuspended || parent.isCompleted()) return;
    life.isSuspended = true;
    this.#owner.suspend(parent);
  }
}

/** How a child ends because its parent is being ended; null if the parent is not, or the child is detached. */
export function inheritedDoom({ spec }: TaskHandle, parent: TaskHandle | null): Outcome | null {
  return parent === null || spec.detached ? null : (parent.life?.interrupt ?? null);
}

/** A child has at least the priority of its parent. */
export function priorityOf(spec: TaskSpec, parent: TaskHandle | null): Priority {
  return parent === null || spec.detached ? spec.priority : higherOf(spec.priority, parent.priority);
}
