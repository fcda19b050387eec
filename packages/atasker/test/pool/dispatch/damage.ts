import assert from 'node:assert/strict';
import { Alarms, HeldClock } from '../../../src/common/clock.ts';
import type { ExecutorEvents } from '../../../src/executors/executor.ts';
import type { MemberKind } from '../../../src/pool/channels/channel.ts';
import type { ToMember } from '../../../src/pool/frames/frames.ts';
import { threadPoolSettings } from '../../../src/pool/options.ts';
import { MemberPool } from '../../../src/pool/pool.ts';
import { openRunQueue, SENT, writeKind, writeText, type RunQueue } from '../../../src/pool/run-queue/memory.ts';
import {
  arrive,
  begin,
  end,
  isThere,
  newTaker,
  takeStep,
  tellEnd,
  type Taker,
} from '../../../src/pool/run-queue/taker.ts';
import { TaskPool } from '../../../src/supervisor/pools/pump.ts';
import type { Outcome } from '../../../src/task/outcome.ts';
import type { TaskHandle } from '../../../src/task/task.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { newEntry, type NumberedEntry } from '../../core/entries.ts';
import { turn } from '../../support/events.ts';
import { ignoredEvents, poolContext } from '../../support/executors.ts';

/** A thread of the model, which continues when the test lets it. */
interface Thread {
  readonly queue: RunQueue | null;
  /** @param most how many steps it does at most, on its way to a task */
  step(most: number): void;
}

/** Steps that a thread does in a row: with damaged memory its way may have no end. */
const STEPS = 40;

type Opened = Parameters<MemberKind['open']>;

/** Threads that keep to the rules, in this thread. Each step of one takes a task, or ends it, if it can. */
class ModelThreads implements MemberKind {
  readonly name = 'thread';
  readonly prefetches = false;
  readonly alive = new Set<Thread>();
  #opened = 0;

  open(...[{ access: seat }, events]: Opened): ReturnType<MemberKind['open']> {
    const thread = seat === null ? new SentThread(events) : new TakingThread(seat.memory, seat.seat, events);
    const exit = (): void => {
      if (this.alive.delete(thread)) events.exited({ code: 1, signal: null, stderr: null, reason: '' });
    };
    const terminate = (): void => queueMicrotask(exit);
    const post = (frame: ToMember): void => {
      if (frame.type === 'retire') terminate();
      else if (frame.type === 'run') (thread as SentThread).run = frame.run;
    };
    const nothing = (): void => {};
    queueMicrotask(() => {
      this.alive.add(thread);
      events.frame({ type: 'ready' });
    });
    this.#opened += 1;
    return {
      id: this.#opened,
      post,
      postUrgent: nothing,
      revoke: () => true,
      readArrived: nothing,
      terminate,
      close: nothing,
    };
  }
}

const VALUE = { kind: 'completed', value: 1, marks: [] } as const;

/** It is sent its tasks. */
class SentThread implements Thread {
  readonly queue = null;
  run = 0;
  readonly #events: Opened[1];

  constructor(events: Opened[1]) {
    this.#events = events;
  }

  step(): void {
    const { run } = this;
    this.run = 0;
    if (run !== 0) this.#events.frame({ type: 'ended', run, outcome: VALUE as never, hasOutput: false } as never);
  }
}

/** The thread takes its tasks by itself. */
class TakingThread implements Thread {
  readonly queue: RunQueue;
  readonly #taker: Taker;
  readonly #events: Opened[1];
  #isBusy = false;

  constructor(memory: SharedArrayBuffer, seat: number, events: Opened[1]) {
    this.queue = openRunQueue(memory);
    this.#taker = newTaker(seat);
    this.#events = events;
    arrive(this.queue, seat);
  }

  step(most: number): void {
    if (this.#isBusy) return this.#end();
    if (isThere(this.#taker)) this.#taker.at = 'raise';
    for (let step = 0; step < most && !isThere(this.#taker); step += 1) takeStep(this.queue, this.#taker);
    if (this.#taker.at !== 'taken') return;
    this.#isBusy = true;
    begin(this.queue, this.#taker, 0);
  }

  /** Every other result is sent. */
  #end(): void {
    const { run } = this.#taker;
    this.#isBusy = false;
    if (run % 2 === 0) {
      writeText(this.queue, run, '1');
      end(this.queue, this.#taker);
      tellEnd(this.queue, run);
      return;
    }
    writeKind(this.queue, run, SENT);
    end(this.queue, this.#taker);
    this.#events.frame({ type: 'ended', run, outcome: VALUE as never, hasOutput: false } as never);
  }
}

/** A pool whose threads are those of the model. */
export class DamagedPool {
  readonly #clock = new ManualClock();
  readonly #alarms = new Alarms(this.#clock);
  readonly #threads = new ModelThreads();
  readonly #pool: TaskPool<MemberPool>;
  readonly #open = new Set<TaskHandle>();
  #memory: RunQueue | null = null;
  #called = 0;
  /** How many times it was noticed that the memory is damaged. */
  lost = 0;

  constructor() {
    const context = { ...poolContext, isShared: true, clock: this.#clock, alarms: this.#alarms };
    const settings = threadPoolSettings({ poolSize: 2, reserveNormal: 0, reserveHigh: 0, maxSize: 2 });
    const ended = (task: TaskHandle, outcome: Outcome): void => this.#ended(task, outcome);
    const events: ExecutorEvents = {
      ...ignoredEvents,
      ended,
      lateError: () => (this.lost += 1),
      givenBack: (task, fault) => {
        if (fault !== null) return ended(task, { kind: 'failed', error: fault.error });
        this.#pool.admission.giveBack(task);
        this.#pool.pump();
      },
    };
    this.#pool = new TaskPool(
      {
        clock: this.#clock,
        alarms: this.#alarms,
        events,
        roomChanged: () => {},
        held: new HeldClock(this.#clock),
        becameDue: () => {},
        broken: (tasks) => {
          for (const task of tasks) this.cancel(task);
        },
      },
      settings,
      (all) => new MemberPool(this.#threads, all, context, settings),
    );
  }

  #ended(task: TaskHandle, outcome: Outcome): void {
    assert.ok(this.#open.delete(task), `a task has ended twice: ${outcome.kind}`);
    this.#pool.admission.release(task);
    this.#pool.pump();
  }

  /** How many tasks have not ended. */
  get left(): number {
    return this.#open.size;
  }

  call(priority: NumberedEntry['priority']): void {
    const task = { ...newEntry((this.#called += 1), priority), spec: {}, timeStarted: null } as unknown as TaskHandle;
    this.#open.add(task);
    this.#pool.tryQueue(task);
    this.#pool.pump();
  }

  cancel(task: TaskHandle | undefined = [...this.#open][0]): void {
    if (task === undefined || !this.#pool.withdraw(task, { kind: 'canceled', reason: undefined })) return;
    this.#open.delete(task);
    this.#pool.pump();
  }

  /** Lets a thread continue, if there is one. */
  step(which: number, most = STEPS): void {
    const threads = [...this.#threads.alive];
    this.#memory ??= threads.find(({ queue }) => queue !== null)?.queue ?? null;
    threads[which % threads.length]?.step(most);
  }

  /** Somebody writes these words, over and over, from this cell on. */
  overwrite(cell: number, words: readonly number[], count: number): void {
    const cells = this.#memory?.cells;
    if (cells === undefined) return;
    for (let at = 0; at < count; at += 1) cells[(cell + at) % cells.length] = words[at % words.length]!;
  }

  /** Advances the clock, while all threads do all their work. */
  async pass(ms: number): Promise<void> {
    this.#clock.advance(ms);
    for (let which = 0; which < 8; which += 1) this.step(which);
    await turn();
  }

  /** Advances the clock, while threads run only tasks that are sent to them. */
  async passUntaken(ms: number): Promise<void> {
    this.#clock.advance(ms);
    for (const thread of this.#threads.alive) if (thread.queue === null) thread.step(STEPS);
    await turn();
  }

  async close(): Promise<void> {
    await this.#pool.executor.close();
    assert.equal(this.#threads.alive.size, 0);
    this.#alarms.close();
  }
}
