import type { RemoteEnd, RemoteHost, RemoteRun } from 'atasker/remote';
import type { Claim, End } from '../store/store.ts';

/** What a run tells its node. */
export interface RunOwner {
  readonly host: RemoteHost;
  started(run: NodeRun, at: number): void;
  /** False if the payload is too large. */
  progressed(run: NodeRun, payload: string): boolean;
  /** The task has ended: `run.end` is to be settled. */
  ended(run: NodeRun): void;
  /** It has not begun and will not here, or was asked to stop for the sake of another node. */
  givenBack(run: NodeRun, payload: string): void;
  late(run: NodeRun, end: 'completed' | 'failed', payload: string): void;
}

/** How a run that this program ends for its own reasons goes on. */
type Fate = 'settle' | 'handBack' | 'drop';

/** A claimed task in the pools of this program, until the store knows of its end. */
export class NodeRun {
  claim: Claim;
  /** How it ended; null while it runs. */
  end: Omit<End, 'token'> | null = null;
  /** Whether the claim is over, because another node has claimed the task. */
  isLost = false;
  /** Whether this node has claimed the task again while it was ending this run. */
  isReclaimed = false;
  /** The token that its end was last sent with. */
  sentToken = '';
  #startedAt: number | null = null;
  #progress: string | null = null;
  #run: RemoteRun | null = null;
  #fate: Fate = 'settle';
  readonly #owner: RunOwner;

  constructor(claim: Claim, owner: RunOwner) {
    this.claim = claim;
    this.#owner = owner;
  }

  get id(): string {
    return this.claim.id;
  }

  begin(): void {
    this.#run = this.#owner.host.run(this.claim, {
      started: (at) => {
        this.#startedAt = at;
        this.#owner.started(this, at);
      },
      progressed: (payload) => {
        if (this.#owner.progressed(this, payload)) this.#progress = payload;
      },
      ended: (end, payload) => (end === 'notRun' ? this.#owner.givenBack(this, payload) : this.#ended(end, payload)),
      late: (end, payload) => this.#owner.late(this, end, payload),
    });
  }

  cancel(payload: string): void {
    this.#run?.cancel(payload);
  }

  /** Another node runs the task now: the end of this run counts no more. */
  abandon(): void {
    this.#fate = 'drop';
    this.#run?.cancel(this.#owner.host.reasonPayload(new Error('another node runs the task now')));
  }

  /** This program ends: unless the function returns all the same, another node is to run the task. */
  handBack(): void {
    this.#fate = 'handBack';
  }

  get isHandedBack(): boolean {
    return this.#fate === 'handBack';
  }

  get isDropped(): boolean {
    return this.#fate === 'drop';
  }

  #ended(end: RemoteEnd, payload: string): void {
    if (this.#fate === 'handBack' && end !== 'completed') return this.#owner.givenBack(this, payload);
    this.end = { id: this.id, end, payload, startedAt: this.#startedAt, progress: this.#progress };
    this.#owner.ended(this);
  }
}
