/** How a task, or its thread, ends or does not. */
import { completes, fails, isValue, says } from '../rules.ts';
import { cancelled, END_MS, task, timedOut, type Row } from './row.ts';

const ERROR = 'an Error';
const HEAP_MB = 64;

export const ends = {
  'loop-timeout': { title: 'endless loop, with a timeout', expected: ERROR, rule: fails(), submit: timedOut('loops') },
  'loop-cancel': { title: 'endless loop, cancelled', expected: ERROR, rule: fails(), submit: cancelled('loops') },
  'native-cancel': {
    title: 'blocked in native code (`execSync`) for 5 s, cancelled',
    expected: 'an Error before the call is over',
    rule: fails((_error, ms) => (ms < 4_500 ? null : `settles after ${ms / 1e3} s`)),
    submit: cancelled('blocksInNative'),
  },
  never: {
    title: 'never settles, cancelled',
    expected: ERROR,
    rule: fails(),
    submit: cancelled('neverSettles'),
  },
  'late-result': {
    title: 'returns after it was cancelled',
    expected: ERROR,
    rule: fails(),
    submit: cancelled('pause', END_MS + 200),
  },
  'exit-0': { title: '`process.exit(0)`', expected: ERROR, rule: fails(), submit: task('exits', 0) },
  'exit-1': { title: '`process.exit(1)`', expected: ERROR, rule: fails(), submit: task('exits', 1) },
  kill: {
    title: 'SIGKILL of its process',
    expected: ERROR,
    rule: fails(),
    processes: true,
    submit: task('killsItself'),
  },
  abort: {
    title: '`process.abort()` in a process',
    expected: ERROR,
    rule: fails(),
    processes: true,
    submit: task('aborts'),
  },
  heap: {
    title: `the heap is full (limit ${HEAP_MB} MB), with many small objects`,
    expected: 'an Error that speaks of memory',
    rule: fails(says(/memory|heap/i)),
    needs: { heapMb: HEAP_MB },
    submit: task('fillsHeap'),
  },
  'heap-at-once': {
    title: `the heap is full (limit ${HEAP_MB} MB), with one large array`,
    expected: 'an Error that speaks of memory',
    rule: fails(says(/memory|heap/i)),
    needs: { heapMb: HEAP_MB },
    submit: task('allocatesAtOnce'),
  },
  stack: {
    title: 'stack overflow',
    expected: 'a RangeError',
    rule: fails(({ name }) => (name === 'RangeError' ? null : 'loses name')),
    submit: task('overflowsStack'),
  },
  uncaught: {
    title: 'an uncaught error beside the task while it runs',
    expected: 'the task fails with that error',
    rule: fails(says(/beside the task/), 'fails with it'),
    submit: task('throwsBesideItself'),
  },
  'uncaught-later': {
    title: 'an uncaught error after it returned, while the next task runs',
    expected: 'both tasks complete',
    rule: completes('both complete', isValue('returned')),
    submit: task('throwsLater'),
  },
} as const satisfies Record<string, Row>;
