import type { Address } from '../call.ts';
import { evaluatesMainFile, type MainFile } from '../role.ts';
import type { MemberStart } from './channel.ts';

/** What one member knows of the program: the definitions that have been named to it, and how much of the main file. */
export class MemberKnowledge {
  /** The definitions, by number. */
  readonly #named: Map<Address, number>;
  /** How far it has evaluated the main file: Infinity if not yet, or whole. */
  #main: MainFile;

  constructor({ boot, seat }: MemberStart) {
    this.#main = evaluatesMainFile(boot) ? boot.main : { ...boot.main, lastOrdinal: Infinity };
    this.#named = new Map(seat?.definitions.map((address, definition) => [address, definition]));
  }

  get mainLastOrdinal(): number {
    return this.#main.lastOrdinal;
  }

  /** Whether it has evaluated the main file only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    return module === this.#main.module && ordinal > this.#main.lastOrdinal;
  }

  /** It is about to load a definition, if it has not: from the main file as that is now. */
  loads({ module }: Address, main: MainFile): void {
    if (module === main.module && this.#main.lastOrdinal === Infinity) this.#main = main;
  }

  /** The number of a definition; undefined if it has not been named. */
  numberOf(address: Address): number | undefined {
    return this.#named.get(address);
  }

  get nextNumber(): number {
    return this.#named.size;
  }

  name(address: Address, definition: number): void {
    this.#named.set(address, definition);
  }
}
