import { backgroundTask, currentTask } from 'atasker';
import { waitHereAt, type Gate } from '../support/gate.ts';

/** Waits at the gate without blocking the event loop. */
export const holdHere = backgroundTask(
  async function holdHere(gate: Gate, result?: unknown) {
    await waitHereAt(gate);
    return result;
  },
  { tt: 'async' },
);

/** Ends only when its signal aborts, with the reason of the signal. */
export const untilAborted = backgroundTask(
  function untilAborted() {
    const { signal } = currentTask();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  },
  { tt: 'async' },
);
