import type { Claim, TaskStore } from '../store/store.ts';
import { isUnavailable } from '../common/errors.ts';
import { BEYOND_MS, type NodeRoom } from './room.ts';

/** How many tasks one call claims at most. */
const MOST = 64;

/** A claim at least so often, whatever is told: news may be lost, and leases of nodes that have died run out. */
const POLL_MS = 1000;

/** How long nothing is claimed after a task has been given back: twice as long each time, until one has ended. */
const PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** What claims need from their node. */
export interface ClaimingOwner {
  readonly store: TaskStore;
  readonly room: NodeRoom;
  /** The names that this program can run. */
  definitions(): readonly string[];
  /** Whether nothing is to be claimed now, because the store cannot be reached. */
  isAway(): boolean;
  take(claims: readonly Claim[]): void;
  failed(error: unknown): void;
}

/**
 * Claims tasks whenever there may be some and there is room: one call at a time. After a call that brought nothing
 * although there was room, only news, the time that the store has named, or the poll lead to another one.
 */
export class Claiming {
  readonly #owner: ClaimingOwner;
  #isOn = false;
  #isClaiming: Promise<void> | null = null;
  /** Whether there may be tasks that have not been claimed for want of room, or that are new. */
  #mayHaveWork = true;
  #again = false;
  #timer: NodeJS.Timeout | null = null;
  #beyondTimer: NodeJS.Timeout | null = null;
  #pauseMs = 0;
  #pausedUntil = 0;

  constructor(owner: ClaimingOwner) {
    this.#owner = owner;
  }

  start(): void {
    this.#isOn = true;
    this.work();
  }

  /** Resolves when no call is on its way. */
  async stop(): Promise<void> {
    this.#isOn = false;
    for (const timer of [this.#timer, this.#beyondTimer]) if (timer !== null) clearTimeout(timer);
    await this.#isClaiming;
  }

  /** Resolves after a call that has begun now or later. */
  async pass(): Promise<void> {
    this.work();
    await this.#isClaiming;
  }

  /** There may be tasks. */
  work(): void {
    this.#mayHaveWork = true;
    this.#look();
  }

  /** There may be more room. */
  roomChanged(): void {
    if (this.#mayHaveWork || this.#isClaiming !== null) this.#look(); // the call may have asked for too little
  }

  /** A task could not be run here. Others may fare better, or other nodes. */
  pause(): void {
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(PAUSE_MS, this.#pauseMs * 2));
    this.#pausedUntil = performance.now() + this.#pauseMs;
  }

  /** A task has ended here. */
  goOn(): void {
    this.#pauseMs = 0;
    this.#pausedUntil = 0;
  }

  #look(): void {
    this.#again = true;
    if (!this.#isOn || this.#isClaiming !== null) return;
    this.#isClaiming = this.#claimAll().finally(() => {
      this.#isClaiming = null;
      if (this.#again && this.#mayHaveWork && !this.#isPaused()) this.#look();
    });
  }

  #isPaused(): boolean {
    return performance.now() < this.#pausedUntil || this.#owner.isAway();
  }

  async #claimAll(): Promise<void> {
    await Promise.resolve(); // what happens in one turn leads to one call
    let nextMs: number | null = null;
    while (this.#isOn && this.#again && this.#mayHaveWork && !this.#isPaused()) {
      this.#again = false;
      nextMs = await this.#claimOnce();
    }
    if (this.#isOn) this.#lookIn(this.#isPaused() ? PAUSE_MS : (nextMs ?? POLL_MS));
  }

  /** @returns in how many milliseconds to look again, whatever happens; null if the store has named no time */
  async #claimOnce(): Promise<number | null> {
    const { room: nodeRoom, store } = this.#owner;
    const room = nodeRoom.take(MOST);
    if (room === null) return null;
    this.#mayHaveWork = false;
    try {
      const { claims, nextMs } = await store.claim(room, this.#owner.definitions(), MOST);
      if (nodeRoom.claimed(claims, room)) this.#lookAfterBeyond();
      if (claims.length > 0 || nodeRoom.isBounded(room)) this.#mayHaveWork = true;
      if (claims.length > 0) this.#again = true;
      this.#owner.take(claims);
      return nextMs;
    } catch (error) {
      this.#mayHaveWork = true;
      if (!isUnavailable(error)) this.#owner.failed(error);
      return POLL_MS;
    }
  }

  #lookIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.work(), Math.max(1, Math.min(ms, POLL_MS)));
    this.#timer.unref();
  }

  /** More critical tasks may wait for their turn beyond the limits. */
  #lookAfterBeyond(): void {
    if (this.#beyondTimer !== null) clearTimeout(this.#beyondTimer);
    this.#beyondTimer = setTimeout(() => this.work(), BEYOND_MS);
    this.#beyondTimer.unref();
  }
}
