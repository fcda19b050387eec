import { PlainRhythm } from './rhythm.ts';
import type { WorkerOptions } from './worker-options.ts';
import { AbstractWorker } from './worker.ts';

/** Always due. */
class LoopRhythm extends PlainRhythm<WorkerOptions> {
  readonly kind = 'loop';

  constructor() {
    super();
  }

  dueAt(): number {
    return 0;
  }
}

/**
 * Executes again as soon as the last execution has ended; the event loop gets a turn in between (atasker:
 * `BackgroundWorker`, `BackgroundAsyncWorker`). Extend the class with a method `run`, or with a task function as its
 * property `run`; or call `backgroundWorker(fn)`.
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * class Poll extends BackgroundWorker {
 *   async run(url: string) {
 *     await save(await fetch(url));
 *   }
 * }
 * new Poll().start('https://example.com');
 */
export class BackgroundWorker<A extends unknown[] = unknown[]> extends AbstractWorker<WorkerOptions, A> {
  constructor(options: WorkerOptions = {}) {
    super(options, new LoopRhythm());
  }
}
