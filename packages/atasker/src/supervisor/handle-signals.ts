import { constants } from 'node:os';
import { checkDuration, checkFunction, checkKeys, show, type Duration } from '../common/check.ts';
import { invalidOption } from '../common/errors.ts';
import { isPoolThread } from '../common/role.ts';
import { hostFor } from '../define/host.ts';
import { arrayForEach, each } from '../platform/methods.ts';
import { process } from '../platform/node.ts';
import type { StopOptions } from './options.ts';
import type { StopReport } from './reports/events.ts';

/** Options of `handleSignals`. */
export interface HandleSignalsOptions {
  /**
   * Called first, for example to close an HTTP server; a promise is awaited. If it fails, the failure becomes a process
   * warning, and the program still ends in order. @defaultValue none
   */
  before?: ((signal: NodeJS.Signals) => unknown) | undefined;
  /** How long queued and running tasks may go on after `before`; the rest is then cancelled. @defaultValue `'10s'` */
  grace?: Duration | undefined;
  /** Which signals end the program. @defaultValue `['SIGINT', 'SIGTERM']` */
  signals?: readonly NodeJS.Signals[] | undefined;
  /** The supervisor to stop. @defaultValue the default supervisor at the time of the signal */
  supervisor?: Stoppable | undefined;
}

/** The part of a TaskSupervisor that `handleSignals` needs. */
export interface Stoppable {
  stop(options?: StopOptions): Promise<StopReport>;
}

/**
 * Ends the program in order when the program gets a signal; without this call the library handles no signal. The first
 * signal runs `before`, then `supervisor.stop()` lets tasks finish for `grace`. If all tasks have finished, the program
 * exits with code 0 (or `process.exitCode`). If some tasks had to be cancelled or did not end, the signal ends the
 * program, and a shell sees 143 or 130; no signal ends the first process of a container, so that process exits with the
 * same code. The second signal ends the program at once. Threads and processes of the pools end with the program.
 *
 * In a pool thread the call does nothing.
 *
 * @returns a function that removes the handlers.
 * @throws TypeError, RangeError with code `ERR_INVALID_OPTION` for a wrong option.
 * @example
 * handleSignals({ before: () => server.close(), grace: '30s' });
 */
export function handleSignals(options: HandleSignalsOptions = {}): () => void {
  checkKeys('handleSignals options', options, ['before', 'grace', 'signals', 'supervisor']);
  const { before = () => {}, grace = '10s', signals = ['SIGINT', 'SIGTERM'], supervisor } = options;
  checkFunction('before', before);
  checkDuration('grace', grace);
  for (const signal of each(signals)) checkSignal(signal);
  if (isPoolThread) return () => {};
  let isFirst = true;
  const handle = (signal: NodeJS.Signals): void => {
    if (!isFirst) return die(signal);
    isFirst = false;
    void end(signal, before, () => (supervisor ?? defaultSupervisor()).stop({ wait: grace }));
  };
  for (const signal of each(signals)) process.on(signal, handle);
  return () => arrayForEach(signals, (signal) => process.off(signal, handle));
}

async function end(
  signal: NodeJS.Signals,
  before: (signal: NodeJS.Signals) => unknown,
  stop: () => Promise<StopReport>,
): Promise<void> {
  try {
    await before(signal);
  } catch (error) {
    process.emitWarning(error as Error); // the tasks still have to end in order
  }
  const { canceled, unfinished } = await stop();
  if (canceled > 0 || unfinished.length > 0) die(signal);
  else process.exit();
}

/** Ends the program as if it had not handled the signal: the parent process sees which signal it was. */
function die(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]); // the first process of a container is not ended by a signal
}

function defaultSupervisor(): Stoppable {
  return hostFor(null) as unknown as Stoppable;
}

function checkSignal(signal: NodeJS.Signals): void {
  if (!(signal in constants.signals)) throw invalidOption('range', `signals: there is no signal ${show(signal)}`);
  if (signal === 'SIGKILL' || signal === 'SIGSTOP') {
    throw invalidOption('range', `signals: ${signal} cannot be handled by a program`);
  }
}
