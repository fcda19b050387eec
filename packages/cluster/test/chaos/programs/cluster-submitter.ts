/** A program that submits tasks until all have ended: `node cluster-submitter.js SETTINGS`. */
import { isPoolThread, type Task } from 'atasker';
import { ClusterSupervisor, SqliteStore } from '@atasker/cluster';
import { randomPriority, TYPES } from '../draws.ts';
import { LoggedStore } from '../logged-store.ts';
import { Random } from '../random.ts';
import { block, deadly, fails, index, nest, resize, type Done } from './cluster-tasks.ts';
import { rare } from './cluster-rare-tasks.ts';
import { markOf } from './marks.ts';
import { ProgramLog } from './program-log.ts';
import { KEEP_MS } from './sqlite-history.ts';
import { settings } from './settings.ts';

const MOST_OPEN = 150;
const STEP_MS = 10;
const LONGEST_DELAY_MS = 1_500;
const LARGE_CHARS = 200_000;

class Submitter {
  readonly #settings = settings();
  readonly #log = new ProgramLog(this.#settings.log);
  readonly #random = new Random(this.#settings.seed);
  readonly #open = new Map<string, Task<Done>>();
  readonly #supervisor = new ClusterSupervisor({
    store: new LoggedStore(new SqliteStore(this.#settings.path), (event) => this.#log.note(event)),
    id: this.#settings.name,
    lease: this.#settings.leaseMs,
    maxLost: this.#settings.maxLost,
    keepResults: KEEP_MS,
  });

  async run(): Promise<void> {
    for (let left = this.#settings.tasks; left > 0 || this.#open.size > 0;) {
      for (let n = this.#random.below(12); n > 0 && left > 0 && this.#open.size < MOST_OPEN; n -= 1) {
        this.#submit();
        left -= 1;
      }
      if (this.#open.size > 0 && this.#random.happens(0.3)) this.#disturb(this.#random.of([...this.#open.values()]));
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    await this.#supervisor.stop();
  }

  #submit(): void {
    const [tt, priority] = [this.#random.of(TYPES), randomPriority(this.#random)];
    const delay = this.#random.happens(0.15) ? this.#random.below(LONGEST_DELAY_MS) : 0;
    const ms = this.#random.happens(0.02) ? 3_000 : this.#random.below(60);
    const filler = 'x'.repeat(this.#random.happens(0.01) ? LARGE_CHARS : this.#random.below(100));
    const task = this.#draw().with({ tt, priority, delay, supervisor: this.#supervisor })({ tt, ms, filler });
    this.#open.set(task.id, task);
    void task.accepted.then(
      () => this.#log.note({ type: 'acceptedSeen', submitter: this.#settings.name, id: task.id }),
      () => {}, // it was cancelled before
    );
    void this.#follow(task, filler);
  }

  #draw(): typeof resize {
    if (this.#random.happens(0.002)) return deadly;
    if (this.#random.happens(0.002)) return block;
    if (this.#random.happens(0.05)) return rare;
    return this.#random.of([resize, resize, index, index, fails, nest]);
  }

  async #follow(task: Task<Done>, filler: string): Promise<void> {
    const { id } = task;
    const about = { type: 'handleSettled', submitter: this.#settings.name, id } as const;
    try {
      const done = await task;
      if (done.filler !== filler) throw new Error(`task ${id} has another value back`);
      this.#log.note({ ...about, end: 'completed', mark: done.run });
    } catch (error) {
      this.#log.note({ ...about, ...markOf(error) });
    }
    this.#open.delete(id);
  }

  #disturb(task: Task<Done>): void {
    if (this.#random.happens(0.2)) task.cancel('chaos');
    else task.setPriority(randomPriority(this.#random));
  }
}

if (!isPoolThread) {
  process.on('disconnect', () => process.exit(1)); // the run is over
  process.channel?.unref();
  await new Submitter().run();
}
