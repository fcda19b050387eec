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
  /** What comes first, such as closing an HTTP server; a promise is awaited. If it fails, that is a warning, and the rest goes on. @defaultValue none */
  before?: ((signal: NodeJS.Signals) => unknown) | undefined;
  /** How long queued and running tasks may go on after that; then they are cancelled. @defaultValue `'10s'` */
  grace?: Duration | undefined;
  /** Which signals end the program. @defaultValue `['SIGINT', 'SIGTERM']` */
  signals?: readonly NodeJS.Signals[] | undefined;
  /** Whose tasks. @defaultValue the default supervisor at the time of the signal */
  supervisor?: Stoppable | undefined;
}

/** A TaskSupervisor, as far as it is needed here. */
export interface Stoppable {
  stop(options?: StopOptions): Promise<StopReport>;
}

/**
 * Ends the program in order when it gets a signal; without this the library handles none. The first signal
 * runs `before`, then `supervisor.stop()` lets tasks finish for `grace`. If all have, the program exits with
 * code 0 (or `process.exitCode`); if some had to be cancelled, the signal ends it (a shell sees 143 or 130; the first
 * process of a container, which no signal ends, exits with that code).
 * The second signal ends it at once. Threads and processes end with it in any case.
 *
 * In a pool thread it does nothing.
 *
 * @returns takes the handlers away again.
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
    process.emitWarning(error as Error); // the tasks are to end well all the same
  }
  const { canceled, unfinished } = await stop();
  if (canceled > 0 || unfinished.length > 0) die(signal);
  else process.exit();
}

/** As if nobody had handled it: whoever waits for the program sees which signal it was. */
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
