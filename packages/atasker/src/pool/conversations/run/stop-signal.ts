import { isAborted, reasonOf, signalOf } from '../../../platform/node.ts';
import { Object } from '../../../platform/primordials.ts';

/**
 * An AbortSignal that is up to date in the middle of synchronous code too: before the signal answers, it looks whether
 * the pool has asked for a stop, and if so reads the reason from the channel.
 */
export function liveSignal(
  controller: AbortController,
  isStopAsked: () => boolean,
  readArrived: () => void,
): AbortSignal {
  const signal = signalOf(controller);
  const aborted = (): boolean => {
    if (!isAborted(signal) && isStopAsked()) readArrived();
    return isAborted(signal);
  };
  Object.defineProperty(signal, 'aborted', { get: aborted, configurable: true });
  Object.defineProperty(signal, 'throwIfAborted', {
    value: () => {
      if (aborted()) throw reasonOf(signal) as Error;
    },
    configurable: true,
  });
  return signal;
}
