const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/**
 * An AbortSignal that also tells the truth in the middle of synchronous code: before it answers,
 * it looks whether the pool has asked for a stop, and if so reads the reason from the channel.
 */
export function liveSignal(
  controller: AbortController,
  isStopAsked: () => boolean,
  readArrived: () => void,
): AbortSignal {
  const { signal } = controller;
  const aborted = (): boolean => {
    if (!isAborted.call(signal) && isStopAsked()) readArrived();
    return isAborted.call(signal) as boolean;
  };
  Object.defineProperty(signal, 'aborted', { get: aborted, configurable: true });
  Object.defineProperty(signal, 'throwIfAborted', {
    value: () => {
      if (aborted()) throw signal.reason as Error;
    },
    configurable: true,
  });
  return signal;
}
