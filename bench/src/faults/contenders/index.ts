import type { FaultContender, Feature, Form } from './contender.ts';

/** Each is imported only in the program that tries it. */
const IMPORTS = {
  atasker: () => import('./atasker.ts'),
  piscina: () => import('./piscina.ts'),
  tinypool: () => import('./tinypool.ts'),
  workerpool: () => import('./workerpool.ts'),
  poolifier: () => import('./poolifier.ts'),
  'jest-worker': () => import('./jest-worker.ts'),
};

const FEATURES = {
  atasker: ['AbortSignal', 'timeout'],
  piscina: ['AbortSignal'],
  tinypool: ['AbortSignal'],
  workerpool: ['timeout'],
  poolifier: ['AbortSignal'],
  'jest-worker': [],
} as const satisfies Record<keyof typeof IMPORTS, readonly Feature[]>;

interface Column {
  readonly library: keyof typeof IMPORTS;
  readonly form: Form;
  /** Whether it takes part in the rows about processes; a library with threads in its column then uses processes. */
  readonly hasProcesses: boolean;
}

/** jest-worker's default are processes; the defaults of the others, as far as they have one, are threads. */
export const COLUMNS = {
  'atasker (threads)': { library: 'atasker', form: 'threads', hasProcesses: false },
  'atasker (processes)': { library: 'atasker', form: 'processes', hasProcesses: true },
  piscina: { library: 'piscina', form: 'threads', hasProcesses: false },
  tinypool: { library: 'tinypool', form: 'threads', hasProcesses: true },
  workerpool: { library: 'workerpool', form: 'threads', hasProcesses: true },
  poolifier: { library: 'poolifier', form: 'threads', hasProcesses: true },
  'jest-worker (threads)': { library: 'jest-worker', form: 'threads', hasProcesses: false },
  'jest-worker (processes)': { library: 'jest-worker', form: 'processes', hasProcesses: true },
} as const satisfies Record<string, Column>;

export type ColumnName = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

export async function importContender(name: ColumnName): Promise<FaultContender> {
  return (await IMPORTS[COLUMNS[name].library]()).contender;
}

export function hasFeature(name: ColumnName, feature: Feature): boolean {
  const features: readonly Feature[] = FEATURES[COLUMNS[name].library];
  return features.includes(feature);
}
