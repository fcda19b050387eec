/** What a thread has written to its standard output (1) or error (2). */
export interface OutputFrame {
  readonly type: 'output';
  readonly fd: 1 | 2;
  readonly chunk: string | Uint8Array;
  readonly encoding: string;
}

/** What tasks write to standard output and error. */
export type OutputFromMember =
  | OutputFrame
  /** What the task wrote to its standard output and error has reached the program's own. */
  | { readonly type: 'flushed' };
