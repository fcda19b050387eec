import type { PoolMembership, Role } from '../role.ts';
import { defineProperty, freeze } from './captured.ts';
import { loadModule, useLoader } from './module-loading.ts';

const MARKER = Symbol.for('atasker.role');

/** What the boot code knows of a role before the library is loaded. */
export type Links = Omit<
  Role,
  'loadModule' | 'useLoader' | 'isAttached' | 'running' | 'libraryLoad' | 'hasBegun' | 'attach'
>;

/**
 * Publishes on `globalThis` that this thread is a member, and of what. The links to the pool are not published: the
 * copy of the library that started the member takes them with `take`, which works once.
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
 * Loads the library, which then goes on in this role (pool/thread/take-over.ts). A preloaded module may have imported
 * the library already: then that copy of the library has set `attach` and waits for this call.
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
