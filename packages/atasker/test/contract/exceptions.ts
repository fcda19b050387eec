/** Where the contract of an executor does not hold on Bun and Deno. docs/loading.md says the same: elsewhere.test.ts compares. */
export interface Exception {
  /** The group and the name of the row. */
  readonly row: string;
  /** Why it does not hold. */
  readonly why: string;
  /** Whether it is not even tried: it would take all memory of the machine. */
  readonly isNotTried?: true;
}

/** Rows that do not hold, or why the executor is not supported at all. */
export type Keeps = readonly Exception[] | string;

export const executors = { async: 'async', thread: 'threads', aloop: 'aloops', process: 'processes' } as const;
export type ExecutorName = keyof typeof executors;

const HEAP = 'a full heap is not noticed, since `resourceLimits` have no effect there';

const heapRows: readonly Exception[] = [
  'a function that goes wrong: a full heap fails its own task',
  'the matrix: memory while its arguments are decoded: ERR_TASK_OUT_OF_MEMORY',
  'the matrix: memory while its module is loaded: ERR_TASK_OUT_OF_MEMORY',
  'the matrix: memory in its body: ERR_TASK_OUT_OF_MEMORY',
  'the matrix: memory while its result is encoded: ERR_TASK_OUT_OF_MEMORY',
].map((row) => ({ row, why: HEAP, isNotTried: true }));

export const exceptions: Readonly<Record<'bun' | 'deno', Readonly<Record<ExecutorName, Keeps>>>> = {
  bun: {
    async: [],
    thread: heapRows,
    aloop: heapRows,
    process: 'most of the contract holds and simple tasks work, but `--max-old-space-size` has no effect there',
  },
  deno: {
    async: [],
    thread: [],
    aloop: [],
    process: 'a thread there cannot read an inherited pipe, by which a process learns that its parent is gone',
  },
};

export type OtherRuntime = keyof typeof exceptions;

export function isOtherRuntime(name: string): name is OtherRuntime {
  return name in exceptions;
}
