import { TaskError } from 'atasker';

/** The store cannot be reached or cannot do its work: `ERR_STORE_UNAVAILABLE`. `cause` is what its engine said. */
export class StoreError extends TaskError {
  /** Whether it is no use to try again: a store of this address cannot be opened here. */
  readonly isFinal: boolean;

  constructor(message: string, cause?: unknown, { isFinal = false }: { readonly isFinal?: boolean } = {}) {
    super('ERR_STORE_UNAVAILABLE', message, { cause });
    this.isFinal = isFinal;
  }
}
