import type { Outcome } from '../task.ts';
import { decodeError, decodeProperty, encodeError, encodeProperty } from './errors.ts';
import type { WireOutcome } from './frames.ts';
import type { Boundary } from './refused.ts';
import { checkValue, unpack } from './values.ts';

/**
 * How a task ended, to be posted at once.
 *
 * @throws CloneError if the value of a completed one cannot cross.
 */
export function encodeOutcome(outcome: Outcome, boundary: Boundary): WireOutcome {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', ...checkValue('result', outcome.value, boundary) };
    case 'failed':
      return { kind: 'failed', error: encodeError(outcome.error) };
    case 'canceled':
      return { kind: 'canceled', reason: encodeProperty('reason', () => outcome.reason) };
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
