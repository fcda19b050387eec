import { ContractPlace } from './program.ts';
import type { StoreSubject } from './subject.ts';

/** One thing that every store must do. */
export interface StoreContractRow {
  /** What it is about; rows of one group stand together. */
  readonly group: string;
  /** What a store must do, in a sentence. */
  readonly name: string;
  /** What must be true of the store for this row to apply to it. */
  readonly needs: StoreSubject['traits'];
  /** Rejects with an AssertionError if the store does not do it. */
  run(subject: StoreSubject): Promise<void>;
}

/** A row as it is written down. */
interface RowBody {
  readonly name: string;
  readonly needs?: StoreSubject['traits'];
  readonly run: (place: ContractPlace) => Promise<void>;
}

export function rows(group: string, bodies: readonly RowBody[]): readonly StoreContractRow[] {
  return bodies.map(({ name, needs = [], run }) => ({
    group,
    name,
    needs,
    async run(subject) {
      const place = new ContractPlace(await subject.makePlace());
      try {
        await run(place);
      } finally {
        await place.remove();
      }
    },
  }));
}

/** Whether a row is about what this store can do. */
export function appliesTo(row: StoreContractRow, subject: StoreSubject): boolean {
  return row.needs.every((trait) => subject.traits.includes(trait));
}
