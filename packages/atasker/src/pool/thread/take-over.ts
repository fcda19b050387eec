import { isOwnThread } from '../../modules/library.ts';
import { membership, type Role } from '../channels/role.ts';
import { servePool, standAside } from './serve.ts';

/** In a member of a pool: this evaluation of the library goes on in its role. False in the program, where there is none. */
export function takeRoleOver(): boolean {
  if (membership === null) return false;
  if (isOwnThread) takeOver(membership.take());
  else standAside(membership);
  return true;
}

/** Goes on when all modules that are preloaded have been evaluated. Null: another evaluation does. */
function takeOver(role: Role | null): void {
  if (role === null) return;
  if (role.hasBegun) servePool(role);
  else role.attach = () => servePool(role);
}
