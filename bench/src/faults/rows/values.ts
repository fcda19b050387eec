/** What a task takes and returns. */
import { completes, fails, isValue } from '../rules.ts';
import { task, type Row, type Trial } from './row.ts';

const FAILS = 'the task fails with an Error; nothing is lost silently';

export const values = {
  'returns-function': {
    title: 'returns an object with a function in it',
    expected: FAILS,
    rule: fails(),
    submit: task('returnsFunction'),
  },
  'returns-symbol': {
    title: 'returns an object with a symbol in it',
    expected: FAILS,
    rule: fails(),
    submit: task('returnsSymbol'),
  },
  'returns-weakmap': {
    title: 'returns a WeakMap',
    expected: FAILS,
    rule: fails(),
    submit: task('returnsWeakMap'),
  },
  'returns-url': { title: 'returns a URL', expected: FAILS, rule: fails(), submit: task('returnsUrl') },
  'bad-argument': {
    title: 'an argument that cannot be cloned',
    expected: FAILS,
    rule: fails(),
    submit: ({ pool }) => pool.run('first', [() => {}]),
  },
  'changed-argument': {
    title: 'an argument is changed after the call, while the task waits',
    expected: 'the task sees what it was called with',
    rule: completes('sees the old value', (value) => (value === 'old' ? null : 'sees the change')),
    submit: changedArgument,
  },
  'long-timeout': {
    title: 'a timeout of 30 days',
    expected: 'the task completes',
    rule: completes('completes', isValue(300)),
    requires: 'timeout',
    submit: ({ pool }) => pool.run('pause', 300, { timeoutMs: 30 * 24 * 3_600_000 }),
  },
} as const satisfies Record<string, Row>;

async function changedArgument({ pool }: Trial): Promise<unknown> {
  const before = pool.run('pause', 300);
  const argument = ['old'];
  const result = pool.run('first', argument);
  argument[0] = 'new';
  await before;
  return result;
}
