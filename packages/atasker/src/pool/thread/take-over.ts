import { isOwnThread } from '../../modules/library.ts';
import { membership, type Role } from '../channels/role.ts';
import { servePool, standAside } from './serve.ts';

/**
 * In a member of a pool: the copy of the library that started the member takes its role, and another copy stands aside.
 * Returns false in the program, which has no role.
 */
export function takeRoleOver(): boolean {
  if (membership === null) return false;
  if (isOwnThread) takeOver(membership.take());
  else standAside(membership);
  return true;
}

/**
 * Serves the pool once all preloaded modules have been evaluated. Null: another evaluation of the library has the role.
 */
function takeOver(role: Role | null): void {
  if (role === null) return;
  if (role.hasBegun) servePool(role);
  else role.attach = () => servePool(role);
}
