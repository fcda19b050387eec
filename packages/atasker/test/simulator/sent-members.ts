import { claim, PROCESS_NUMBERS } from '../../src/pool/channels/boot/claims.ts';
import { readPrefetched } from '../../src/pool/channels/lines.ts';
import { RunClaims } from '../../src/pool/channels/run-claims.ts';
import { SentClaims } from '../../src/pool/channels/sent-claims.ts';
import type { FromMember, ToMember } from '../../src/pool/frames/frames.ts';
import type { TakenArgs } from '../../src/wire/values.ts';
import { SimulatedMember, type Step } from './members.ts';

/** A run that was sent, and is known by its number. */
interface Sent {
  readonly run: number;
  readonly id: string;
  readonly args: TakenArgs;
  /** Whether it was sent before its turn. */
  readonly isAhead: boolean;
}

/** A member that is sent its tasks. */
abstract class SentMember extends SimulatedMember {
  protected readonly waiting: Sent[] = [];
  readonly #ids = new Map<number, string>();
  #isReady = false;
  /** The one that is about to begin. */
  #next: Sent | null = null;

  override post(frame: ToMember): void {
    for (const { run, id } of sentIn(frame)) this.#ids.set(run, id);
    super.post(frame);
  }

  protected override idOf(run: number): string {
    return this.#ids.get(run)!;
  }

  protected override start(): Step | null {
    this.#isReady = true;
    this.tell({ type: 'ready' });
    return () => this.goOn();
  }

  protected override get isWoken(): boolean {
    return this.#isReady && this.waiting.length > 0;
  }

  protected override held(): readonly string[] {
    const next = this.#next === null ? [] : [this.#next];
    const unread = this.inbox.flatMap(sentIn);
    const sent = [...next, ...this.waiting, ...unread].filter(({ run }) => !this.isTakenBack(run));
    return sent.map(({ id }) => id);
  }

  /** Whether the pool has taken a run back that this member was sent before its turn. */
  protected isTakenBack(_run: number): boolean {
    return false;
  }

  override get isIdle(): boolean {
    return this.#isReady && this.current === null && !this.isEnding && !this.canStep;
  }

  protected override read(frame: ToMember): void {
    this.waiting.push(...sentIn(frame));
  }

  protected override goOn(): Step | null {
    this.receive();
    const sent = this.waiting.shift();
    this.#next = sent ?? null;
    if (sent !== undefined) return () => this.#begin(sent);
    return this.isRetiring ? this.leave() : null;
  }

  /** Whether a run that was sent before its turn is still this member's. */
  protected abstract claimsAhead(run: number): boolean;
  /** Whether a run that was sent in its turn may begin. */
  protected abstract claims(run: number): boolean;

  #begin({ run, id, args, isAhead }: Sent): Step {
    this.#next = null;
    if (isAhead && !this.claimsAhead(run)) return () => this.goOn();
    const isStopped = this.isStopped(run);
    if (isStopped || (!isAhead && !this.claims(run))) {
      this.world.watch.left(id);
      return () => this.#fail(run, new Error('it must not begin'), !isStopped);
    }
    this.tell({ type: 'started', run, at: this.world.clock.now() });
    return this.runs(id, run, args, () => () => this.#end(run, id));
  }

  #end(run: number, id: string): Step {
    if (this.isStopped(run)) return this.#fail(run, new Error('it was stopped'), false);
    this.tellResult(run, this.resultOf(id));
    return () => this.goOn();
  }

  #fail(run: number, error: Error, mayRunElsewhere: boolean): Step {
    this.tellError(run, error, mayRunElsewhere);
    return () => this.goOn();
  }
}

/** The runs that are sent with a frame. */
function sentIn(frame: ToMember): Sent[] {
  if (frame.type === 'run') return [{ run: frame.run, id: frame.id, args: frame.args, isAhead: false }];
  if (frame.type !== 'prefetch') return [];
  const { idPrefix } = frame;
  return readPrefetched(frame.runs, frame.others).map(({ run, sequence, args }) => {
    return { run, id: `${idPrefix}${sequence}`, args, isAhead: true };
  });
}

/** A thread that is sent its tasks: each is claimed in memory that its pool sees. */
export class SentThread extends SentMember {
  readonly #claims = new RunClaims();
  readonly #own = new SentClaims((block, memory) => this.#claims.name(block, memory));

  override post(frame: ToMember): void {
    if (frame.type === 'run') this.#own.open(frame.run);
    super.post(frame);
  }

  override revoke(run: number): boolean {
    const isRevoked = this.#own.revoke(run);
    if (isRevoked) this.world.watch.left(this.idOf(run)); // it may run elsewhere
    return isRevoked;
  }

  protected override claimsAhead(): never {
    throw new Error('threads are sent nothing before its turn');
  }

  protected override claims(run: number): boolean {
    return this.#claims.begin(run);
  }
}

/** How long the function of a task takes at most, in milliseconds, as a process tells it. */
const MOST_MS = 0.2;

/**
 * A process: what it tells is read later, and its watchdog, which reads a pipe of its own, takes runs back that have not
 * begun.
 */
export class SimulatedProcess extends SentMember {
  readonly #numbers = new Int32Array(PROCESS_NUMBERS);
  /** The frames in the pipe. */
  readonly #urgent: ToMember[] = [];
  readonly #takenBack = new Set<number>();
  /** The runs that the watchdog has claimed, and not told of yet. */
  readonly #claimed: number[] = [];

  override revoke(): null {
    return null; // only what it tells, or its exit, says so
  }

  override get isReadFirst(): boolean {
    return true;
  }

  override readArrived(): void {
    // the event loop reads the pipe, as for a real process
  }

  override post(frame: ToMember): void {
    super.post(frame);
    for (const { id, isAhead } of sentIn(frame)) if (isAhead) this.world.watch.sentAhead(id);
  }

  protected override held(): readonly string[] {
    return [...super.held(), ...this.#claimed.map((run) => this.idOf(run))];
  }

  override postUrgent(frame: ToMember): void {
    this.#urgent.push(frame);
  }

  override get canWatch(): boolean {
    return (this.#urgent.length > 0 || this.#claimed.length > 0) && !this.isEnding;
  }

  /** Claims runs in one step, and tells of them in the next one. */
  override watch(): void {
    if (this.#claimed.length > 0)
      return this.#claimed.splice(0).forEach((run) => this.tell({ type: 'givenBack', run }));
    const frame = this.#urgent.shift()!;
    if (frame.type !== 'takeBack') return void this.inbox.push(frame);
    for (let run = frame.last; run >= frame.first; run -= 1) {
      if (claim(this.#numbers, run)) this.#giveBack(run);
      else if (frame.reason !== null) this.inbox.push({ type: 'stop', run, reason: frame.reason });
    }
  }

  #giveBack(run: number): void {
    this.#takenBack.add(run);
    this.#claimed.push(run);
  }

  protected override isTakenBack(run: number): boolean {
    return this.#takenBack.has(run);
  }

  protected override claimsAhead(run: number): boolean {
    return claim(this.#numbers, run);
  }

  protected override claims(): true {
    return true;
  }

  /** Most results are told in a line, with the time that the function took. */
  protected override tellResult(run: number, value: number): void {
    const { random } = this.world;
    if (random.happens(0.1)) return super.tellResult(run, value);
    const ms = random.happens(0.1) ? 2 : random.next() * MOST_MS;
    this.tell({ type: 'done', run, ms, result: String(value) } satisfies FromMember);
  }
}
