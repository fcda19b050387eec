import { arraySlice } from '../../platform/methods.ts';
import type { Address } from '../../task/call.ts';
import { evaluatesMainFile, type Role } from '../channels/role.ts';
import type { DefineFrame, RunFrame } from '../frames/run.ts';

/** The definitions that the pool has named to this member, and how far the member has evaluated the main file. */
export class NamedDefinitions {
  /** The addresses of the definitions, by number. */
  readonly #addresses: Address[];
  readonly #mainModule: string | null;
  /**
   * The last ordinal down to which the main file has been evaluated here. Infinity if the main file has not been
   * evaluated, or as a whole.
   */
  #mainLastOrdinal: number;
  /** The last ordinal down to which the main file would be evaluated now. */
  #latestOrdinal: number;

  constructor(role: Role) {
    const { main, queue } = role;
    this.#mainModule = main.module;
    this.#mainLastOrdinal = evaluatesMainFile(role) ? main.lastOrdinal : Infinity;
    this.#latestOrdinal = main.lastOrdinal;
    this.#addresses = arraySlice(queue?.definitions ?? []);
  }

  get mainLastOrdinal(): number {
    return this.#mainLastOrdinal;
  }

  /** Takes what the frame of a run says of its definition and of the main file. Gives the address of the definition. */
  ofRun({ address, definition, mainLastOrdinal }: RunFrame): Address {
    this.#addresses[definition] = address ?? this.#addresses[definition]!;
    this.#mainLastOrdinal = mainLastOrdinal;
    return this.#addresses[definition];
  }

  find(definition: number): Address | undefined {
    return this.#addresses[definition];
  }

  add({ definition, address, mainLastOrdinal }: DefineFrame): void {
    this.#addresses[definition] = address;
    this.#latestOrdinal = mainLastOrdinal;
  }

  /** Whether the main file has been evaluated here only to a point above this definition. */
  isTooOldFor({ module, ordinal }: Address): boolean {
    if (module !== this.#mainModule) return false;
    if (this.#mainLastOrdinal === Infinity) this.#mainLastOrdinal = this.#latestOrdinal;
    return ordinal > this.#mainLastOrdinal;
  }
}
