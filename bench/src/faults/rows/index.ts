import { COLUMNS, hasFeature, type ColumnName } from '../contenders/index.ts';
import type { Form } from '../contenders/contender.ts';
import { ends } from './ends.ts';
import { errors } from './errors.ts';
import { life } from './life.ts';
import { loading } from './loading.ts';
import type { Row } from './row.ts';
import { values } from './values.ts';

/** The tables, by what a fault is about. */
export const GROUPS = {
  'What a task throws': errors,
  'What it takes and returns': values,
  'How it ends, or does not': ends,
  'How its module is loaded': loading,
  'The life of a pool': life,
} as const satisfies Record<string, Record<string, Row>>;

const ALL = { ...errors, ...values, ...ends, ...loading, ...life };

export type RowName = keyof typeof ALL;

export const ROWS: Readonly<Record<RowName, Row>> = ALL;

export const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** What a contender runs its tasks in; null if it cannot have this fault. */
export function formOf(name: RowName, column: ColumnName): Form | null {
  const { requires, processes } = ROWS[name];
  const { form, hasProcesses } = COLUMNS[column];
  if (requires !== undefined && !hasFeature(column, requires)) return null;
  if (!processes) return form;
  return hasProcesses ? 'processes' : null;
}
