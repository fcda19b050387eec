/** How a module can be bad. */
import type { BadModule } from '../contenders/contender.ts';
import { fails, says } from '../rules.ts';
import { END_MS, type Row } from './row.ts';

const LOAD_MS = 3_000;

export const loading = {
  'module-missing': {
    title: 'its module is missing',
    expected: 'an Error that says so',
    rule: fails(says(/missing|not found|cannot find/i)),
    submit: taskOf('missing'),
  },
  'module-throws': {
    title: 'its module throws at the top level',
    expected: 'an Error, or a cause, that says what',
    rule: fails(says(/thrown at the top level/)),
    submit: taskOf('throws'),
  },
  'module-loops': { title: 'endless loop in its module', ...endless('loops') },
  'module-waits': { title: 'endless top-level await in its module', ...endless('waits') },
} as const satisfies Record<string, Row>;

function taskOf(module: BadModule): Row['submit'] {
  return ({ pool }) => pool.runOf(module);
}

/** Everybody uses what limit they have: of loading, or of the task. */
function endless(module: BadModule): Omit<Row, 'title'> {
  return {
    expected: 'an Error, after a limit of loading or a timeout',
    rule: fails(),
    needs: { loadMs: LOAD_MS },
    submit: ({ pool }) => pool.runOf(module, { timeoutMs: END_MS }),
  };
}
