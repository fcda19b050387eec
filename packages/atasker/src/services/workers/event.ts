import { checkBoolean, checkKeys, show } from '../../common/check.ts';
import { invalidOption } from '../../common/errors.ts';
import { PlainRhythm } from './rhythm.ts';
import type { WorkerOptions } from './worker-options.ts';
import { AbstractWorker } from './worker.ts';

/** Options of an event worker. */
export interface EventWorkerOptions extends WorkerOptions {
  /** Makes `backgroundWorker` create an event worker. @defaultValue needed only for `backgroundWorker` */
  event?: true | undefined;
}

/** Options of `trigger()` of an event worker. */
export interface TriggerOptions {
  /** Whether to execute once more if an execution runs at the moment. @defaultValue `false` */
  force?: boolean | undefined;
}

/** @throws TypeError with code `ERR_INVALID_OPTION` for a wrong option. */
function checkForce(options: TriggerOptions): boolean {
  return checkBoolean('force', checkKeys('trigger options', options, ['force']).force ?? false);
}

/** Due when the worker has been triggered. */
class EventRhythm extends PlainRhythm<EventWorkerOptions> {
  readonly kind = 'event';
  override readonly keys = ['event'];
  #isTriggered = false;

  constructor() {
    super();
  }

  override check({ event = true }: EventWorkerOptions): void {
    if (!event) throw invalidOption('type', `event must be true, got ${show(event)}`);
  }

  override prepare(): void {
    this.#isTriggered = false;
  }

  dueAt(): number {
    return this.#isTriggered ? 0 : Infinity;
  }

  override take(): readonly unknown[] {
    this.#isTriggered = false;
    return [];
  }

  trigger(): void {
    this.#isTriggered = true;
    this.changed();
  }
}

/**
 * Executes when it is triggered (atasker: `BackgroundEventWorker`).
 *
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * const save = backgroundWorker(() => writeFile('state.json', JSON.stringify(state)), { event: true });
 * save.start();
 * save.trigger();
 */
export class BackgroundEventWorker<A extends unknown[] = unknown[]> extends AbstractWorker<EventWorkerOptions, A> {
  readonly #rhythm: EventRhythm;

  constructor(options: EventWorkerOptions = {}) {
    const rhythm = new EventRhythm();
    super(options, rhythm);
    this.#rhythm = rhythm;
  }

  /**
   * Asks for one execution. A trigger is merged with an execution that waits already and, without `force`, ignored
   * while an execution runs.
   *
   * @returns whether an execution follows; false also if the worker is not active.
   */
  trigger(options: TriggerOptions = {}): boolean {
    const force = checkForce(options);
    if (!this.isActive() || (this.isBusy && !force)) return false;
    this.#rhythm.trigger();
    return true;
  }
}
