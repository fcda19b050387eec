/**
 * The ways in which code goes wrong. Each function stands on its own: its source text is also what the
 * modules consist of that go wrong while they are loaded.
 */
export const strikes = {
  throw: () => {
    throw Object.assign(new RangeError('struck'), { code: 'E_STRUCK' });
  },
  reject: () => Promise.reject(Object.assign(new RangeError('struck'), { code: 'E_STRUCK' })),
  'non-error': () => {
    // oxlint-disable-next-line typescript/only-throw-error -- that is what goes wrong here
    throw 'struck';
  },
  exit: () => process.exit(7),
  SIGKILL: () => {
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  },
  SIGSEGV: () => {
    process.kill(process.pid, 'SIGSEGV');
    for (;;);
  },
  abort: () => process.abort(),
  memory: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1000 }, (_, n) => ({ n })));
  },
  stack: () => {
    const recurse = (n: number): number => recurse(n + 1) + 1;
    return recurse(0);
  },
  loop: () => {
    for (;;);
  },
  /** For a second nothing can end the thread. */
  'native block': () => {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    return void spawnSync(process.execPath, ['--eval', 'setTimeout(() => {}, 1000)'], { stdio: 'ignore' });
  },
} satisfies Record<string, () => unknown>;

export type Strike = keyof typeof strikes;

export const STRIKES = Object.keys(strikes) as readonly Strike[];
