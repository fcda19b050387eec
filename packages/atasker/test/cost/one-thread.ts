/**
 * A pool of one "thread" that is this thread: the run queue, its publisher and its taker as they are, without wake-ups,
 * and without the traffic between the caches of two processors.
 */
import { TaskSupervisor } from '../../src/index.ts';
import type { ChannelEvents, MemberStart } from '../../src/pool/channels/channel.ts';
import type { Role } from '../../src/pool/channels/role.ts';
import { THREADS } from '../../src/pool/channels/thread.ts';
import { HEADS, LINE, openRunQueue, ringOf, SPINNER, TAILS, type RunQueue } from '../../src/pool/run-queue/memory.ts';
import { Puller } from '../../src/pool/thread/pull.ts';
import { servePool } from '../../src/pool/thread/serve.ts';
import type { Call } from '../../src/task/call.ts';
import type { Task } from '../../src/task/types.ts';

export class OneThread {
  readonly #supervisor = new TaskSupervisor({
    threadPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0, minSize: 1, maxSize: 1 },
  });
  #puller!: Puller;
  #queue!: RunQueue;
  #seat = 0;

  /** Resolves when the thread is ready. */
  async open(): Promise<void> {
    let pulled: ((puller: Puller) => void) | null = null;
    const whenOpen = new Promise<Puller>((resolve) => (pulled = resolve));
    Puller.prototype.schedule = function schedule(): void {
      pulled!(this); // it goes on in work()
    };
    (THREADS as { open: typeof THREADS.open }).open = (start, events) => this.#open(start, events);
    this.#supervisor.start();
    this.#puller = await whenOpen;
  }

  #open(start: MemberStart, events: ChannelEvents): ReturnType<typeof THREADS.open> {
    const early: unknown[] = [];
    let handle: ((frame: unknown) => void) | null = null;
    this.#queue = openRunQueue(start.access!.memory);
    this.#seat = start.access!.seat;
    const role = {
      ...start.boot,
      kind: 'thread',
      main: { module: null, lastOrdinal: Infinity },
      queue: start.access,
      loadSeat: null,
      lines: null,
      stopFlag: new Int32Array(new SharedArrayBuffer(64)),
      preload: [],
      loadModule: async () => ({}),
      useLoader: async () => {},
      keepListener: () => {},
      running: 0,
      isAttached: false,
      hasBegun: true,
      attach: null,
      libraryLoad: Promise.resolve(),
      post: (frame: unknown) => void setImmediate(() => events.frame(frame as never)),
      listen(given: (frame: unknown) => void) {
        handle = given;
        for (const frame of early) given(frame);
      },
      takeArrived: () => undefined,
    } as unknown as Role;
    setImmediate(() => servePool(role));
    return {
      id: 1,
      post(frame) {
        const copy: unknown = structuredClone(frame);
        if (handle === null) early.push(copy);
        else handle(copy);
      },
      postUrgent() {},
      revoke: () => null,
      readArrived() {},
      terminate() {},
      close() {},
    };
  }

  submit(call: Call): Task {
    this.#queue.cells[SPINNER] = this.#seat; // a thread that looks for work need not be woken
    return this.#supervisor.submit(call);
  }

  /** Takes and runs what is there, in as many turns as it takes. */
  work(): void {
    const { cells } = this.#queue;
    const ring = ringOf('normal', false) * LINE;
    while (cells[HEADS + ring] !== cells[TAILS + ring]) {
      cells[SPINNER] = this.#seat;
      this.#puller.resume();
    }
  }

  /** Reads and reports the results. */
  report(task: Task): void {
    (task as unknown as { controller: { readArrived(task: Task): void } }).controller.readArrived(task);
  }
}
