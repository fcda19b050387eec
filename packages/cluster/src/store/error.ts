import { TaskError } from 'atasker';

/** The store cannot be reached or cannot do its work: `ERR_STORE_UNAVAILABLE`. `cause` is what its engine said. */
export class StoreError extends TaskError {
  constructor(message: string, cause?: unknown) {
    super('ERR_STORE_UNAVAILABLE', message, { cause });
  }
}
