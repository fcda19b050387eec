import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Worker } from 'node:worker_threads';

/**
 * Kills threads and processes at random, as a fault from outside would: a process by its number with SIGKILL,
 * a thread by its `Worker`, which Node.js publishes on a diagnostics channel when it is created. The library is not involved.
 */
export class Killer {
  readonly #workers = new Set<Worker>();
  readonly #processes = new Set<ChildProcess>();
  readonly #timer: NodeJS.Timeout;
  readonly #mayKill: () => boolean;
  kills = 0;

  /** @param mayKill asked before each kill */
  constructor(everyMs: number, mayKill: () => boolean) {
    this.#mayKill = mayKill;
    subscribe('worker_threads', this.#addWorker);
    subscribe('child_process', this.#addProcess);
    this.#timer = setInterval(() => this.#killOne(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    unsubscribe('worker_threads', this.#addWorker);
    unsubscribe('child_process', this.#addProcess);
  }

  readonly #addWorker = (message: unknown): void => {
    const { worker } = message as { worker: Worker };
    this.#workers.add(worker);
    worker.once('exit', () => this.#workers.delete(worker));
  };

  readonly #addProcess = (message: unknown): void => {
    const { process: child } = message as { process: ChildProcess };
    this.#processes.add(child);
    child.once('exit', () => this.#processes.delete(child));
  };

  #killOne(): void {
    const victims = [...this.#workers, ...this.#processes];
    const victim = victims[Math.floor(Math.random() * victims.length)];
    if (victim === undefined || !this.#mayKill()) return;
    this.kills += 1;
    if (victim instanceof Worker) void victim.terminate();
    else process.kill(victim.pid!, 'SIGKILL');
  }
}
