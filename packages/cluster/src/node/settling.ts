import { Batches } from '../link/batches.ts';
import type { StoreLink } from '../link/link.ts';
import type { End } from '../store/store.ts';
import type { NodeRun } from './run.ts';

/** What becomes of runs that have ended. */
export interface SettlingOwner {
  readonly link: StoreLink;
  /** The store has the end of the run, or has dropped it, or has the task back. */
  readonly settled: (run: NodeRun) => void;
  readonly failed: (error: unknown) => void;
}

/** Takes the ends of runs to the store, and tasks back to it. */
export class Settling {
  readonly #ends: Batches<NodeRun>;
  readonly #back: Batches<NodeRun>;

  constructor({ link, settled, failed }: SettlingOwner) {
    const refused = (run: NodeRun, error: unknown): void => {
      failed(error);
      settled(run);
    };
    const { store } = link;
    this.#ends = new Batches<NodeRun>({
      send: (runs) => store.settle(runs.map(endOf)),
      sent: (runs) => runs.forEach((run) => (isOutdated(run) ? this.settle(run) : settled(run))),
      refused,
    });
    this.#back = new Batches<NodeRun>({
      send: (runs) => store.release(runs.map(({ claim: { id, token } }) => ({ id, token }))),
      sent: (runs) => runs.forEach(settled),
      refused,
    });
  }

  settle(run: NodeRun): void {
    this.#ends.put(run);
  }

  handBack(run: NodeRun): void {
    this.#back.put(run);
  }

  retry(): void {
    this.#ends.retry();
    this.#back.retry();
  }

  async whenEmpty(): Promise<void> {
    await Promise.all([this.#ends.whenEmpty(), this.#back.whenEmpty()]);
  }

  /** Gives up: the leases run out. */
  close(): void {
    this.#ends.close();
    this.#back.close();
  }
}

/** With the token of the latest claim: the node may have claimed the task again while its end waited. */
function endOf(run: NodeRun): End {
  run.sentToken = run.claim.token;
  return { ...run.end!, token: run.sentToken };
}

/** Whether the node has claimed the task again while the end was on its way. */
function isOutdated({ claim, sentToken }: NodeRun): boolean {
  return claim.token !== sentToken;
}
