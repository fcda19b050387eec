import { checkDuration, checkSignal, type Duration } from '../common/check.ts';
import { Alarms, systemClock, type Alarm } from '../common/clock.ts';
import { TimeoutError } from '../common/errors.ts';
import { follow, unfollow, type Follower } from '../task/abort.ts';

/** How long code waits for tasks. */
export interface WaitLimits {
  /** Infinity: there is no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

/** @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option. */
export function checkWaitLimits({
  timeout,
  signal,
}: {
  readonly timeout?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
}): WaitLimits {
  return {
    timeoutMs: timeout === undefined ? Infinity : checkDuration('timeout', timeout),
    signal: signal === undefined ? null : checkSignal('signal', signal),
  };
}

/** What is told once, when a wait is over before its tasks are. */
interface WaitOwner {
  timedOut(error: TimeoutError): void;
  aborted(reason: unknown): void;
}

/** The time limit and the signal of a wait for tasks. Nothing is left of them once the wait is over. */
export class WaitWatch implements Follower {
  readonly #owner: WaitOwner;
  readonly #signal: AbortSignal | null;
  #alarm: Alarm | null = null;

  /** @param what who waits, for the message of the time limit */
  constructor({ timeoutMs, signal }: WaitLimits, what: string, owner: WaitOwner) {
    this.#owner = owner;
    this.#signal = signal;
    if (signal?.aborted) {
      this.signalAborted(signal);
      return;
    }
    if (signal !== null) follow(signal, this);
    if (timeoutMs < Infinity)
      this.#alarm = alarms.at(systemClock.now() + timeoutMs, () => this.#timeOut(what, timeoutMs));
  }

  end(): void {
    if (this.#alarm !== null) alarms.drop(this.#alarm);
    if (this.#signal !== null) unfollow(this.#signal, this);
    this.#alarm = null;
  }

  signalAborted({ reason }: AbortSignal): void {
    this.end();
    this.#owner.aborted(reason);
  }

  #timeOut(what: string, timeoutMs: number): void {
    this.end();
    this.#owner.timedOut(new TimeoutError('ERR_WAIT_TIMEOUT', `${what} within ${timeoutMs} ms`));
  }
}

/** They need not keep the process alive, because running tasks do. */
const alarms = new Alarms(systemClock);
