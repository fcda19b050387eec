import type { ContenderName } from '../contenders/index.ts';

/** What was promised before anything was measured, as data. */
export interface Target {
  readonly metric: string;
  readonly of: 'atasker' | 'atasker without context';
  readonly bound: 'at least' | 'at most';
  readonly value: number;
  /** The value is a multiple of what the best of these got in the same round; null: it is in the unit of the metric. */
  readonly times: readonly ContenderName[] | null;
}

type Options = Partial<Pick<Target, 'of'>> & { readonly times?: ContenderName | readonly ContenderName[] };

export function atLeast(value: number, metric: string, options: Options = {}): Target {
  return target('at least', value, metric, options);
}

export function atMost(value: number, metric: string, options: Options = {}): Target {
  return target('at most', value, metric, options);
}

function target(bound: Target['bound'], value: number, metric: string, { of = 'atasker', times }: Options): Target {
  return { bound, value, metric, of, times: times === undefined ? null : [times].flat() };
}
