import type { MainFile } from '../../../common/role.ts';
import { arrayForEach } from '../../../platform/methods.ts';
import { Map, TypeError } from '../../../platform/primordials.ts';
import type { Address } from '../../../task/call.ts';
import type { TaskHandle } from '../../../task/task.ts';
import { ByteArgs, HeldArgs, Packed, takeArgs, wireArgs } from '../../../wire/values.ts';
import type { MemberStart } from '../../channels/channel.ts';
import { evaluatesMainFile } from '../../channels/role.ts';
import type { RunFrame } from '../../frames/run.ts';

/** What one member knows of the program: the definitions that have been named to it, and how much of the main file. */
export class MemberKnowledge {
  /** The number of each definition that has been named to the member. */
  readonly #named = new Map<Address, number>();
  /**
   * How far the member has evaluated the main file; `lastOrdinal` is Infinity if it has not, or has evaluated all of
   * it.
   */
  #main: MainFile;

  constructor({ boot, access }: MemberStart) {
    this.#main = evaluatesMainFile(boot) ? boot.main : { ...boot.main, lastOrdinal: Infinity };
    if (access !== null)
      arrayForEach(access.definitions, (address, definition) => this.#named.set(address, definition));
  }

  /** Whether the member has evaluated the main file only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    return module === this.#main.module && ordinal > this.#main.lastOrdinal;
  }

  /**
   * The frame that makes the member run a task. If the definition is in the main file and the member has not evaluated
   * that file yet, the member is about to evaluate it as far as the program has by now (`main`).
   */
  runFrame(task: TaskHandle, taken: string | Packed | ByteArgs, run: number, main: MainFile): RunFrame {
    const { id, name, priority, target } = task;
    const address = target.address!;
    if (address.module === main.module && this.#main.lastOrdinal === Infinity) this.#main = main;
    const args = wireArgs(taken);
    const known = this.numberOf(address);
    const definition = known ?? this.#named.size;
    const named = known === undefined ? address : null;
    const { lastOrdinal: mainLastOrdinal } = this.#main;
    return { type: 'run', run, id, name, priority, definition, address: named, args, mainLastOrdinal };
  }

  /** The number of a definition; undefined if the definition has not been named to the member. */
  numberOf(address: Address): number | undefined {
    return this.#named.get(address);
  }

  name(address: Address, definition: number): void {
    this.#named.set(address, definition);
  }
}

/** The arguments of a task as they are posted. @throws if they cannot be read */
export function postableArgs(task: TaskHandle): string | Packed | ByteArgs {
  if (task.args instanceof HeldArgs) {
    const held = task.args;
    task.args = held.packed();
    held.release();
  }
  const { args } = task;
  if (typeof args === 'number') return takeArgs([args], 'thread');
  if (typeof args === 'string' || args instanceof Packed || args instanceof ByteArgs) return args;
  throw new TypeError(`the arguments of ${task.name} are in a form that no thread or process takes`);
}
