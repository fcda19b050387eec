import type { MainFile } from '../../common/role.ts';
import { arrayForEach } from '../../platform/methods.ts';
import { Map } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import type { TaskHandle } from '../../task/task.ts';
import type { RunFrame } from '../../wire/frames.ts';
import { wireOf, type Packed } from '../../wire/values.ts';
import type { MemberStart } from '../channels/channel.ts';
import { evaluatesMainFile } from '../channels/role.ts';

/** What one member knows of the program: the definitions that have been named to it, and how much of the main file. */
export class MemberKnowledge {
  /** The definitions, by number. */
  readonly #named = new Map<Address, number>();
  /** How far it has evaluated the main file: Infinity if not yet, or whole. */
  #main: MainFile;

  constructor({ boot, access }: MemberStart) {
    this.#main = evaluatesMainFile(boot) ? boot.main : { ...boot.main, lastOrdinal: Infinity };
    if (access !== null)
      arrayForEach(access.definitions, (address, definition) => this.#named.set(address, definition));
  }

  /** Whether it has evaluated the main file only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    return module === this.#main.module && ordinal > this.#main.lastOrdinal;
  }

  /** What it is sent to run a task: it is about to load the definition, if it has not, from the main file as that is now. */
  runFrame({ id, name, priority, target, args: taken }: TaskHandle, run: number, main: MainFile): RunFrame {
    const address = target.address!;
    if (address.module === main.module && this.#main.lastOrdinal === Infinity) this.#main = main;
    const args = typeof taken === 'string' ? taken : wireOf(taken as Packed);
    const known = this.numberOf(address);
    const definition = known ?? this.#named.size;
    const named = known === undefined ? address : null;
    const { lastOrdinal: mainLastOrdinal } = this.#main;
    return { type: 'run', run, id, name, priority, definition, address: named, args, mainLastOrdinal };
  }

  /** The number of a definition; undefined if it has not been named. */
  numberOf(address: Address): number | undefined {
    return this.#named.get(address);
  }

  name(address: Address, definition: number): void {
    this.#named.set(address, definition);
  }
}
