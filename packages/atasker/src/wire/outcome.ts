import type { Outcome } from '../task.ts';
import { decodeError, decodeProperty, encodeError, encodeProperty } from './errors.ts';
import type { WireOutcome } from './frames.ts';

/** How a task ended, ready to cross. The value of a completed one is cloned when it is posted. */
export function encodeOutcome(outcome: Outcome): WireOutcome {
  switch (outcome.kind) {
    case 'completed':
      return outcome;
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
      return outcome;
    case 'failed':
      return { kind: 'failed', error: decodeError(outcome.error, where) };
    case 'canceled':
      return { kind: 'canceled', reason: decodeProperty(outcome.reason) };
  }
}
