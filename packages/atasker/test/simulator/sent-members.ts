import { readPrefetched } from '../../src/pool/channels/lines.ts';
import { RunClaims } from '../../src/pool/channels/run-claims.ts';
import { SentClaims } from '../../src/pool/channels/sent-claims.ts';
import type { ToMember } from '../../src/pool/frames/frames.ts';
import { SimulatedMember, type Step } from './members.ts';

/** A run that was sent, and is known by its number. */
interface Sent {
  readonly run: number;
  readonly id: string;
}

/** A member that is sent its tasks. */
abstract class SentMember extends SimulatedMember {
  protected readonly waiting: Sent[] = [];
  #isReady = false;
  /** The one that is about to begin. */
  #next: Sent | null = null;

  protected override start(): Step | null {
    this.#isReady = true;
    this.tell({ type: 'ready' });
    return () => this.goOn();
  }

  protected override get isWoken(): boolean {
    return this.#isReady && this.waiting.length > 0;
  }

  protected override held(): readonly string[] {
    const unread = this.inbox.flatMap((frame) => (frame.type === 'run' ? [frame] : []));
    const next = this.#next === null ? [] : [this.#next];
    return [...next, ...this.waiting, ...unread].map(({ id }) => id);
  }

  override get isIdle(): boolean {
    return this.#isReady && this.current === null && !this.isEnding && !this.canStep;
  }

  protected override read(frame: ToMember): void {
    if (frame.type === 'run') this.waiting.push(frame);
  }

  protected override goOn(): Step | null {
    this.receive();
    const sent = this.waiting.shift();
    this.#next = sent ?? null;
    if (sent !== undefined) return () => this.begin(sent);
    return this.isRetiring ? this.leave() : null;
  }

  protected abstract claims(run: number): boolean;

  protected begin({ run, id }: Sent): Step {
    this.#next = null;
    const isStopped = this.isStopped(run);
    if (isStopped || !this.claims(run)) {
      this.world.watch.left(id);
      return () => this.#end(run, new Error('it must not begin'), !isStopped);
    }
    this.tell({ type: 'started', run, at: this.world.clock.now() });
    return this.runs(
      id,
      run,
      () => () => this.#end(run, this.isStopped(run) ? new Error('it was stopped') : null, false),
    );
  }

  #end(run: number, error: Error | null, mayRunElsewhere: boolean): Step {
    this.tellEnd(run, error, mayRunElsewhere);
    return () => this.goOn();
  }
}

/** A thread that is sent its tasks: each is claimed in memory that its pool sees. */
export class SentThread extends SentMember {
  readonly #claims = new RunClaims();
  readonly #own = new SentClaims((block, memory) => this.#claims.name(block, memory));

  readonly #ids = new Map<number, string>();

  override post(frame: ToMember): void {
    if (frame.type === 'run') {
      this.#own.open(frame.run);
      this.#ids.set(frame.run, frame.id);
    }
    super.post(frame);
  }

  override revoke(run: number): boolean {
    const isRevoked = this.#own.revoke(run);
    if (isRevoked) this.world.watch.left(this.#ids.get(run)!); // it may run elsewhere
    return isRevoked;
  }

  protected override claims(run: number): boolean {
    return this.#claims.begin(run);
  }
}

/** A process: what it tells is read later, and its watchdog takes prefetched tasks back. */
export class SimulatedProcess extends SentMember {
  readonly #claimed = new Set<number>();

  override revoke(): null {
    return null; // only what it tells, or its exit, says so
  }

  override readArrived(): void {
    if (this.isEnding) super.readArrived();
  }

  override post(frame: ToMember): void {
    super.post(frame);
    if (frame.type !== 'prefetch') return;
    for (const { sequence } of readPrefetched(frame.runs)) this.world.watch.moved(`${frame.idPrefix}${sequence}`);
  }

  protected override read(frame: ToMember): void {
    super.read(frame);
    if (frame.type === 'prefetch')
      for (const { run, sequence } of readPrefetched(frame.runs))
        this.waiting.push({ run, id: `${frame.idPrefix}${sequence}` });
    if (frame.type === 'takeBack') this.#takeBack(frame.first, frame.last);
  }

  #takeBack(first: number, last: number): void {
    for (let run = last; run >= first; run -= 1) {
      if (!this.claims(run)) continue;
      const at = this.waiting.findIndex((sent) => sent.run === run);
      if (at >= 0) this.waiting.splice(at, 1);
      this.tell({ type: 'givenBack', run });
    }
  }

  protected override claims(run: number): boolean {
    if (this.#claimed.has(run)) return false;
    this.#claimed.add(run);
    return true;
  }
}
