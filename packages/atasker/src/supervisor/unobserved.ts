import { writeSync } from 'node:fs';
import { inspect } from '../node-util.ts';
import type { Alarm, Alarms, Clock } from '../clock.ts';
import type { TaskHandle } from '../task.ts';

const PATIENCE_MS = 5_000;

/**
 * Failures that nobody has looked at. After 5 seconds, or at the end of the program, each becomes
 * one process warning: it never crashes the process and never vanishes.
 */
export class UnobservedFailures {
  readonly #alarms: Alarms;
  readonly #clock: Clock;
  readonly #tasks = new Map<TaskHandle, number>();
  #alarm: Alarm | null = null;

  constructor(alarms: Alarms, clock: Clock) {
    this.#alarms = alarms;
    this.#clock = clock;
  }

  add(task: TaskHandle): void {
    flushAtExit(this);
    this.#tasks.set(task, this.#clock.now());
    this.#arm();
  }

  /** Somebody has looked at it after all. What has nothing to wait for leaves no timer and no listener. */
  seen(task: TaskHandle): void {
    if (!this.#tasks.delete(task) || this.#tasks.size > 0) return;
    leave(this);
    if (this.#alarm !== null) this.#alarms.cancel(this.#alarm);
    this.#alarm = null;
    this.#alarms.close();
  }

  #arm(): void {
    const [first] = this.#tasks.values();
    if (first === undefined) return leave(this);
    if (this.#alarm === null) this.#alarm = this.#alarms.at(first + PATIENCE_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#alarm = null;
    const due = this.#clock.now() - PATIENCE_MS;
    for (const [task, failedAt] of this.#tasks) {
      if (failedAt > due) break;
      this.#tasks.delete(task);
      process.emitWarning(warningOf(task), { type: 'UnobservedTaskError', detail: detailOf(task) });
    }
    this.#arm();
  }

  /** At the end of the program: a warning that is emitted now would be lost. */
  flush(): void {
    for (const task of this.#tasks.keys()) {
      writeSync(2, `UnobservedTaskError: ${warningOf(task)}\n${detailOf(task)}\n`);
    }
    this.#tasks.clear();
  }
}

/** Those that have something to say at the end of the program, behind one listener. */
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

function warningOf(task: TaskHandle): string {
  return `task ${task.name} (${task.id}) failed and nobody looked: await it, or listen to taskFailed`;
}

function detailOf(task: TaskHandle): string {
  const error = task.peekError();
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error);
}
