import { backgroundTask, currentTask } from 'atasker';

export const attemptOf = backgroundTask(function attemptOf() {
  return currentTask().attempt;
});

export const attemptHere = backgroundTask(
  function attemptHere() {
    return currentTask().attempt;
  },
  { tt: 'async' },
);

/** A value that has no exact JSON. */
export const mapOf = backgroundTask(function mapOf(key: string, value: unknown) {
  return new Map([[key, value]]);
});

/** Lets `returnsLate` return. */
export const late = { goOn: (): void => {} };

/** Returns only after its task has ended. */
export const returnsLate = backgroundTask(
  async function returnsLate(result: string) {
    await new Promise<void>((resolve) => (late.goOn = resolve));
    return result;
  },
  { tt: 'async' },
);

export const neverEnds = backgroundTask(function neverEnds() {
  for (;;);
});

export const square = backgroundTask(function square(n: number) {
  return n * n;
});
