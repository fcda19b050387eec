import { inPool, type ContractPool, type PoolNeeds } from './pool.ts';
import type { ContractSubject, ContractTrait } from './subject.ts';

/** One thing that every executor must do. */
export interface ContractRow {
  /** What it is about; rows of one group stand together. */
  readonly group: string;
  /** What an executor must do, in a sentence. */
  readonly name: string;
  /** What must be true of an executor for this row to apply to it. */
  readonly needs: readonly ContractTrait[];
  /** Rejects with an AssertionError if the executor does not do it. A row that hangs has failed, too: give it a time limit. */
  run(subject: ContractSubject): Promise<void>;
}

/** A row as it is written down. */
export interface RowBody extends PoolNeeds {
  readonly name: string;
  readonly needs?: readonly ContractTrait[];
  readonly run: (pool: ContractPool) => Promise<void>;
}

export function rows(group: string, bodies: readonly RowBody[]): readonly ContractRow[] {
  return bodies.map(({ name, needs = [], run, ...pool }) => ({
    group,
    name,
    needs,
    run: (subject) => inPool(subject, pool, run),
  }));
}

/** Whether a row is about what this executor is. */
export function appliesTo(row: ContractRow, subject: ContractSubject): boolean {
  return row.needs.every((trait) => subject.traits.includes(trait));
}
