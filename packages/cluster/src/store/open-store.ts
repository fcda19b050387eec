import { invalidOption } from '../common/errors.ts';
import { MemoryHub } from './memory/hub.ts';
import { MemoryStore } from './memory-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { TaskStore } from './store.ts';

/** What stores with the address `memory` share. */
const ownHub = new MemoryHub();

const SQLITE = 'sqlite:';

/**
 * The store with this address, which is not open yet. `memory`: a store that all supervisors of this program share, and
 * that is lost with it. `sqlite:PATH`: a file, which the programs of this machine share. An object is a store already.
 *
 * @throws TypeError with code `ERR_INVALID_OPTION` if no store has such an address.
 */
export function openStore(address: string | TaskStore): TaskStore {
  if (typeof address !== 'string') return address;
  if (address === 'memory') return new MemoryStore(ownHub);
  if (address.startsWith(SQLITE) && address.length > SQLITE.length)
    return new SqliteStore(address.slice(SQLITE.length));
  const message = `store must be 'memory', 'sqlite:PATH' or an object with the methods of TaskStore, got ${JSON.stringify(address)}`;
  throw invalidOption('type', message);
}
