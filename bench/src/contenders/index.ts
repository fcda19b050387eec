import type { Contender } from './contender.ts';

/** Each is imported only in the process that measures it. */
const IMPORTS = {
  atasker: () => import('./atasker.ts'),
  piscina: () => import('./piscina.ts'),
  tinypool: () => import('./tinypool.ts'),
  workerpool: () => import('./workerpool.ts'),
  poolifier: () => import('./poolifier.ts'),
  'jest-worker': () => import('./jest-worker.ts'),
  'bare messages': () => import('./bare-messages.ts'),
};

export type ContenderName = keyof typeof IMPORTS;

export const CONTENDERS = Object.keys(IMPORTS) as ContenderName[];

/** Not a pool but the limit of every pool that sends a message per task; it knows no priorities. */
export const FLOOR: ContenderName = 'bare messages';

/** Everyone is compared with this one. */
export const BASE: ContenderName = 'piscina';

export async function importContender(name: ContenderName): Promise<Contender> {
  return (await IMPORTS[name]()).contender;
}
