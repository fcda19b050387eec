import type { Outcome } from '../task.ts';
import { decodeError, decodeProperty, encodeError, encodeProperty } from './errors.ts';
import type { WireOutcome } from './frames.ts';
import { takeResult, unpack } from './values.ts';

/**
 * How a task ended, ready to cross. The value of a completed one is cloned when it is posted.
 *
 * @throws CloneError if that value cannot leave the thread.
 */
export function encodeOutcome(outcome: Outcome): WireOutcome {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', ...takeResult(outcome.value) };
    case 'failed':
      return { kind: 'failed', error: encodeError(outcome.error) };
    case 'canceled':
      return { kind: 'canceled', reason: encodeProperty(() => outcome.reason) };
  }
}

/** The other way round. `where` becomes the last line of an error's stack. */
export function decodeOutcome(outcome: WireOutcome, where: string | null = null): Outcome {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', value: unpack(outcome) };
    case 'failed':
      return { kind: 'failed', error: decodeError(outcome.error, where) };
    case 'canceled':
      return { kind: 'canceled', reason: decodeProperty(outcome.reason) };
  }
}
