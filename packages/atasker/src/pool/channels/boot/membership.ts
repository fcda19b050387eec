import type { PoolMembership, Role } from '../role.ts';
import { defineProperty, freeze } from './captured.ts';
import { loadModule, useLoader } from './module-loading.ts';

const MARKER = Symbol.for('atasker.role');

/** What a boot text knows of a role before the library is loaded. */
export type Links = Omit<
  Role,
  'loadModule' | 'useLoader' | 'isAttached' | 'running' | 'libraryLoad' | 'hasBegun' | 'attach'
>;

/**
 * Publishes that this thread is a member, and of what. The ways to the pool are not published: the copy of the
 * library that started the member takes them, once.
 */
export function publish(links: Links): Role {
  const role: Role = {
    ...links,
    loadModule,
    useLoader,
    isAttached: false,
    running: 0,
    libraryLoad: Promise.resolve(),
    hasBegun: false,
    attach: null,
  };
  let isTaken = false;
  const membership: PoolMembership = {
    library: role.library,
    main: role.main,
    loader: role.loader,
    preload: role.preload,
    concurrency: role.concurrency,
    aloop: role.aloop,
    clockOffsetMs: role.clockOffsetMs,
    kind: role.kind,
    get running() {
      return role.running;
    },
    take: () => {
      if (isTaken) return null;
      isTaken = true;
      return role;
    },
  };
  defineProperty(globalThis, MARKER, { value: freeze(membership), configurable: true });
  return role;
}

/**
 * Loads the library, whose face goes on (pool/thread/serve.ts). A module that was preloaded may have
 * imported it already: then it has waited for this.
 */
export function begin(role: Role): void {
  role.libraryLoad = loadLibrary(role);
  role.hasBegun = true;
  role.attach?.();
  const way = 'keep atasker out of the bundle (externals, serverExternalPackages)';
  role.libraryLoad.then(
    () => broken(role, `${role.library} does not bring atasker here; ${way}`),
    (error: unknown) => broken(role, String((error as Error | null)?.stack ?? error)),
  );
}

async function loadLibrary(role: Role): Promise<unknown> {
  if (role.loader !== null) await role.useLoader(role.loader);
  return role.loadModule(role.library);
}

function broken(role: Role, text: string): void {
  if (!role.isAttached) role.post({ type: 'broken', text });
}
