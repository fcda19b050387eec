import type { MemberStart, ChannelEvents } from '../../src/pool/channels/channel.ts';
import { referred } from '../../src/pool/run-queue/arena.ts';
import { readBlockText } from '../../src/pool/run-queue/block-text.ts';
import {
  APART,
  FETCH,
  flagsOf,
  load,
  openRunQueue,
  PARKED,
  readValue,
  SENT,
  sequenceOf,
  TEXT_APART,
  tellsStart,
  writeKind,
  writeSentBefore,
  writeText,
  type RunQueue,
} from '../../src/pool/run-queue/memory.ts';
import {
  arrive,
  begin,
  end,
  isThere,
  newTaker,
  park,
  passOn,
  priorityOf,
  takeStep,
  tellEnd,
  type Taker,
} from '../../src/pool/run-queue/taker.ts';
import type { ToMember } from '../../src/pool/frames/frames.ts';
import { decode } from '../../src/wire/bytes.ts';
import type { TakenArgs } from '../../src/wire/values.ts';
import { SimulatedMember, type Step, type Surroundings } from './members.ts';

/** A thread that takes its tasks from the run queue, in the steps of pool/thread/pull.ts and queue-work.ts. */
export class TakingThread extends SimulatedMember {
  readonly #queue: RunQueue;
  readonly #seat: number;
  readonly #idPrefix: string;
  readonly #chunks: Map<number, SharedArrayBuffer>;
  /** The ids of the runs of which it has told anything. */
  readonly #told = new Map<number, string>();
  #taker: Taker;
  /** The step of the scheduler in which it began to look for a task. */
  #lookedAt = 0;
  #isClosed = false;
  /** Whether it has claimed a task whose function it has not called. */
  #hasTaken = false;
  #sent = 0;

  constructor(world: Surroundings, start: MemberStart, events: ChannelEvents) {
    super(world, start, events);
    const { memory, seat, idPrefix, chunks } = start.access!;
    this.#chunks = new Map(chunks);
    this.#queue = openRunQueue(memory);
    this.#seat = seat;
    this.#idPrefix = idPrefix;
    this.#taker = newTaker(seat);
  }

  override revoke(): never {
    throw new Error('its runs are claimed in the run queue');
  }

  protected override idOf(run: number): string {
    return this.#told.get(run)!;
  }

  protected override read(frame: ToMember): void {
    if (frame.type !== 'chunk') return;
    if (frame.memory === null) this.#chunks.delete(frame.chunk);
    else this.#chunks.set(frame.chunk, frame.memory);
  }

  protected override start(): Step {
    arrive(this.#queue, this.#seat);
    this.tell({ type: 'ready' });
    return () => this.goOn();
  }

  protected override get isWoken(): boolean {
    return !this.#isClosed && load(this.#queue, PARKED + this.#seat) !== 1;
  }

  protected override held(): readonly string[] {
    return this.#hasTaken ? [this.#id] : [];
  }

  override get isIdle(): boolean {
    return (
      !this.#isClosed &&
      this.current === null &&
      !this.isEnding &&
      !this.canStep &&
      load(this.#queue, PARKED + this.#seat) === 1
    );
  }

  protected override goOn(): Step | null {
    this.receive();
    if (this.isRetiring) return this.leave();
    if (this.#isClosed) return null;
    if (load(this.#queue, PARKED + this.#seat) === 1) return null; // a frame has woken it, not a task
    this.#taker = newTaker(this.#seat);
    this.#lookedAt = this.world.watch.step;
    return () => this.#take();
  }

  #take(): Step | null {
    const { hasClaimed: had, at } = this.#taker;
    takeStep(this.#queue, this.#taker);
    if (at === 'count' && this.#taker.at === 'read') this.world.watch.hasRoom(priorityOf(this.#taker));
    if (!had && this.#taker.hasClaimed) {
      this.#hasTaken = true;
      this.world.watch.taken(this.#id, this.#lookedAt);
    }
    if (!isThere(this.#taker)) return () => this.#take();
    if (this.#taker.at === 'taken') return () => this.#passOn();
    if (this.#taker.at === 'closed') this.#isClosed = true;
    return this.#isClosed ? null : () => this.#park();
  }

  get #id(): string {
    return this.#idPrefix + sequenceOf(this.#queue, this.#taker.run);
  }

  #park(): Step | null {
    return park(this.#queue, this.#seat) ? null : () => this.goOn();
  }

  #passOn(): Step {
    passOn(this.#queue);
    return () => {
      const args = this.#args();
      return () => this.#begin(args);
    };
  }

  /** The arguments of the run, from its entry or from the memory that the entry refers to; null if they are not there. */
  #args(): TakenArgs | null {
    const { run } = this.#taker;
    const flags = flagsOf(this.#queue, run);
    if ((flags & FETCH) !== 0) return null;
    if ((flags & (APART | TEXT_APART)) === 0) return readValue(this.#queue, run);
    this.receive(); // the memory was named before the entry was published
    const bytes = referred(this.#queue, run, this.#chunks);
    if (bytes === null) return null;
    if ((flags & APART) !== 0) return decode(bytes) as TakenArgs;
    const { text, isJson } = readBlockText(bytes, bytes.byteLength);
    return isJson ? text : { value: [text], marks: [] };
  }

  #begin(args: TakenArgs | null): Step {
    const { run } = this.#taker;
    const id = this.#id;
    this.#told.set(run, id);
    if (this.isStopped(run) || !begin(this.#queue, this.#taker, this.world.clock.now())) {
      this.#hasTaken = false;
      this.world.watch.left(id);
      const error = new Error('it must not begin');
      return () => this.#send(run, error, !this.isStopped(run));
    }
    this.#hasTaken = false;
    if (tellsStart(this.#queue, run)) this.tell({ type: 'started', run, at: this.world.clock.now() });
    return this.runs(id, run, args, () => this.#finish(run, id));
  }

  #finish(run: number, id: string): Step {
    if (this.isStopped(run)) return () => this.#send(run, new Error('it was stopped'), false);
    writeText(this.#queue, run, String(this.resultOf(id)));
    writeSentBefore(this.#queue, run, this.#sent);
    return () => {
      end(this.#queue, this.#taker);
      return () => {
        tellEnd(this.#queue, run);
        return () => this.goOn();
      };
    };
  }

  /** Sends an outcome over the channel, in the order of the real thread: the slot is free first. */
  #send(run: number, error: Error, mayRunElsewhere: boolean): Step {
    writeKind(this.#queue, run, SENT);
    end(this.#queue, this.#taker);
    this.tellError(run, error, mayRunElsewhere);
    this.#sent = (this.#sent + 1) | 0;
    return () => this.goOn();
  }
}
