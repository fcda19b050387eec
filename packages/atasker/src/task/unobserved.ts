import { writeSync } from 'node:fs';
import { Alarms, systemClock, type Alarm, type Clock } from '../common/clock.ts';
import { inspect } from '../common/node-util.ts';
import { firstOf, isInstance } from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import { Error, Map, Set } from '../platform/primordials.ts';

const PATIENCE_MS = 5_000;

/** A task, a map or a task group that has failed. */
export interface Failing {
  /** The text of the warning that nobody has observed the error. */
  readonly unseenWarning: string;
  /** The error, without counting as observed. */
  peekError(): unknown;
}

/**
 * Failures that nobody has observed. After 5 seconds, each becomes one process warning; at the end of the program, the
 * rest is written to standard error. An unobserved failure never crashes the process and never vanishes.
 */
export class UnobservedFailures {
  readonly #alarms: Alarms;
  readonly #clock: Clock;
  readonly #failed = new Map<Failing, number>();
  #alarm: Alarm | null = null;

  constructor(alarms: Alarms, clock: Clock) {
    this.#alarms = alarms;
    this.#clock = clock;
  }

  add(failing: Failing): void {
    flushAtExit(this);
    this.#failed.set(failing, this.#clock.now());
    this.#arm();
  }

  /** Somebody has observed the failure after all. When no failure is left, no timer and no listener stays behind. */
  seen(failing: Failing): void {
    if (!this.#failed.delete(failing) || this.#failed.size > 0) return;
    leave(this);
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
    this.#alarms.close();
  }

  #arm(): void {
    const first = firstOf(this.#failed.values());
    if (first === undefined) return leave(this);
    if (this.#alarm === null) this.#alarm = this.#alarms.at(first + PATIENCE_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#alarm = null;
    const due = this.#clock.now() - PATIENCE_MS;
    for (const failing of this.#failed.keys()) {
      if (this.#failed.get(failing)! > due) break;
      this.#failed.delete(failing);
      process.emitWarning(failing.unseenWarning, { type: 'UnobservedTaskError', detail: detailOf(failing) });
    }
    this.#arm();
  }

  /** Writes the rest at the end of the program; a warning that is emitted now would be lost. */
  flush(): void {
    for (const failing of this.#failed.keys()) {
      tryWrite(`UnobservedTaskError: ${failing.unseenWarning}\n${detailOf(failing)}\n`);
    }
    this.#failed.clear();
  }
}

/** Failures that belong to no supervisor: those of maps and of task groups. */
export const ownFailures = new UnobservedFailures(new Alarms(systemClock), systemClock);

/** The instances that have failures to report at the end of the program, behind one listener. */
const waiting = new Set<UnobservedFailures>();

function flushAtExit(failures: UnobservedFailures): void {
  if (waiting.size === 0) process.on('exit', flushAll);
  waiting.add(failures);
}

function leave(failures: UnobservedFailures): void {
  if (waiting.delete(failures) && waiting.size === 0) process.off('exit', flushAll);
}

function flushAll(): void {
  for (const failures of waiting) failures.flush();
}

function detailOf(failing: Failing): string {
  const error = failing.peekError();
  return isInstance(Error, error) ? (error.stack ?? error.message) : inspect(error);
}

/** Writes to standard error. If it is closed or blocked, the program must still end with its own exit code. */
function tryWrite(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // there is no other place to write to
  }
}
