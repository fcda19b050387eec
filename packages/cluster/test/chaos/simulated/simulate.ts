import { ManualClock } from 'atasker/testing';
import { check, type Violation } from '../checker/check.ts';
import type { HistoryEvent, ProgramEvent, Promises } from '../checker/history.ts';
import { randomLimits, randomPriority, TYPES } from '../draws.ts';
import { Random } from '../random.ts';
import { MemoryHub } from '../../../src/store/memory/hub.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { Ending, StoredTask, StoreNews, StoreSession, TaskStore } from '../../../src/store/store.ts';
import { Faulty, type Fault } from './faults.ts';
import { LoggedStore } from '../logged-store.ts';
import { RecordedStore } from './recorded-store.ts';
import { Recorder } from './recorder.ts';
import { SimNode } from './sim-node.ts';
import { SILENT } from '../../support/stores.ts';

export interface SimPlan {
  readonly seed: number;
  readonly tasks: number;
  /** What is wrong with the store; null if nothing is. */
  readonly fault: Fault | null;
}

export interface SimResult {
  readonly history: readonly HistoryEvent[];
  readonly violations: readonly Violation[];
  readonly happened: Readonly<Record<'kills' | 'stops' | 'pauses' | 'fenced' | 'recovered' | 'steps', number>>;
}

/** A program of the simulation, and its connection, which can be cut. */
interface Program<T> {
  readonly it: T;
  readonly name: string;
  readonly connection: MemoryStore;
  readonly store: TaskStore;
  resumeAt: number | null;
}

const LEASE_MS = 1_000;
const PROMISES: Promises = {
  leaseMs: LEASE_MS,
  maxLost: 3,
  recoveryMs: 2_000,
  patienceMs: 500,
  clockMs: 0,
  startMs: 0,
  tellsCancels: true,
};
const SESSION = { leaseMs: LEASE_MS, maxLost: 3, keepResultsMs: 1e9 } satisfies Partial<StoreSession>;
const ALL = ['resize', 'index', 'send', 'deadly', 'rare'];
/** How often a task kills its node. */
const DEADLY = 0.006;
const NODES = 3;
const MOST_OPEN = 120;
/** Longer than any run, and than the leases of as many nodes as a task may be lost with. */
const PATIENCE_MS = 60_000;

/** Submitters, nodes and a store in one program, in which time and chance follow from a seed. */
export async function simulate(plan: SimPlan): Promise<SimResult> {
  const simulation = new Simulation(plan);
  return simulation.run();
}

class Simulation {
  readonly #plan: SimPlan;
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #hub: MemoryHub;
  readonly #observer: TaskStore;
  readonly #recorder: Recorder;
  readonly #faulty: Faulty;
  readonly #nodes: Program<SimNode>[] = [];
  readonly #submitters: Program<Map<string, StoredTask>>[] = [];
  readonly #happened = { kills: 0, stops: 0, pauses: 0, fenced: 0, recovered: 0, steps: 0 };
  #names = 0;
  #added = 0;

  constructor(plan: SimPlan) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
    this.#hub = new MemoryHub({ clock: plan.fault?.clock?.(this.#clock, LEASE_MS) ?? this.#clock });
    this.#faulty = new Faulty(plan.fault, new Random(plan.seed), this.#clock);
    this.#observer = this.#faulty.wrap(new MemoryStore(this.#hub));
    this.#recorder = new Recorder(this.#observer, this.#clock);
  }

  async run(): Promise<SimResult> {
    await this.#observer.open({ me: 'observer', news: SILENT, ...SESSION });
    while (this.#nodes.length < NODES) await this.#startNode();
    while (this.#submitters.length < 2) await this.#startSubmitter([]);
    while (this.#added < this.#plan.tasks) await this.#step(true);
    const giveUpAt = this.#clock.now() + PATIENCE_MS;
    while (this.#recorder.openCount > 0 && this.#clock.now() < giveUpAt) await this.#step(false);
    await turn();
    const { history } = this.#recorder;
    this.#happened.recovered = history.filter(({ type }) => type === 'leaseOver').length;
    this.#happened.fenced = history.filter(({ type }) => type === 'fenced').length;
    return { history, violations: check(history, PROMISES), happened: this.#happened };
  }

  /** Something happens to somebody, a moment goes by, and the nodes do their work. `isBusy`: tasks are added, too. */
  async #step(isBusy: boolean): Promise<void> {
    this.#happened.steps += 1;
    this.#clock.advance(this.#random.below(40));
    await turn();
    if (isBusy && this.#recorder.openCount < MOST_OPEN) await this.#add();
    if (this.#random.happens(0.3)) await this.#disturbTask();
    if (isBusy && this.#random.happens(0.05)) await this.#disturbNode();
    if (isBusy && this.#random.happens(0.003)) await this.#killSubmitter();
    const nodes = [...this.#nodes];
    for (const program of nodes) {
      if (program.resumeAt !== null && program.resumeAt <= this.#clock.now()) await this.#resume(program);
      if (program.resumeAt === null) await program.it.step(this.#clock.now());
      if (program.it.isDoomed) await this.#replace(program, true);
      await turn();
    }
  }

  async #connect<T>(
    name: string,
    makeNews: (store: TaskStore) => { readonly it: T; readonly news: StoreNews },
  ): Promise<Program<T>> {
    const connection = new MemoryStore(this.#hub);
    const recorded = new RecordedStore(this.#faulty.wrap(connection), this.#recorder);
    const store = new LoggedStore(recorded, (event) => this.#recorder.note(event));
    const { it, news } = makeNews(store);
    await store.open({ me: name, news, ...SESSION });
    return { it, name, connection, store, resumeAt: null };
  }

  /** Nodes are of two versions: the first one and one in two of the others know all functions. */
  async #startNode(): Promise<void> {
    const name = `node-${(this.#names += 1)}`;
    const limits = randomLimits(this.#random);
    const knowsAll = this.#nodes.every(({ it }) => !it.definitions.includes('rare')) || this.#random.happens(0.5);
    const definitions = knowsAll ? ALL : ALL.slice(0, 4);
    const program = await this.#connect(name, (store) => {
      const note = (event: ProgramEvent): void => this.#recorder.note(event);
      const it = new SimNode({ name, definitions, limits, store, note, random: this.#random });
      return { it, news: it };
    });
    this.#recorder.note({ type: 'nodeUp', node: name, definitions, limits });
    this.#nodes.push(program);
  }

  /** A new submitter takes over the tasks of a dead one: it adds them again, and so learns of their ends. */
  async #startSubmitter(tasks: readonly StoredTask[]): Promise<void> {
    const name = `submitter-${(this.#names += 1)}`;
    const it = new Map(tasks.map((task) => [task.id, task]));
    const news = { ...SILENT, ended: ({ id }: Ending) => void it.delete(id) };
    const program = await this.#connect(name, () => ({ it, news }));
    this.#submitters.push(program);
    if (tasks.length > 0) await program.store.add(tasks);
  }

  async #add(): Promise<void> {
    const program = this.#random.of(this.#submitters);
    const count = Math.min(1 + this.#random.below(12), this.#plan.tasks - this.#added);
    const tasks = Array.from({ length: count }, () => this.#newTask(program.name));
    for (const task of tasks) program.it.set(task.id, task);
    await program.store.add(tasks);
  }

  #newTask(origin: string): StoredTask {
    const id = `task-${(this.#added += 1)}`;
    const definition = this.#definition();
    const [tt, priority] = [this.#random.of(TYPES), randomPriority(this.#random)];
    const delayMs = this.#random.happens(0.15) ? this.#random.below(2_000) : 0;
    return { id, definition, name: definition, tt, priority, delayMs, payload: '', origin };
  }

  #definition(): string {
    if (this.#random.happens(DEADLY)) return 'deadly';
    return this.#random.happens(0.05) ? 'rare' : this.#random.of(ALL.slice(0, 3));
  }

  async #disturbTask(): Promise<void> {
    const open = this.#recorder.openIds();
    if (open.length === 0) return;
    const { store } = this.#random.of(this.#submitters);
    const id = this.#random.of(open);
    if (this.#random.happens(0.5)) await store.cancel(id, `cancel of ${id}`);
    else await store.setPriority(id, randomPriority(this.#random));
  }

  async #disturbNode(): Promise<void> {
    const program = this.#random.of(this.#nodes);
    const chance = this.#random.below(3);
    if (chance === 0) this.#pause(program);
    else await this.#replace(program, chance === 1);
  }

  /** Longer than a lease, or not. */
  #pause(program: Program<SimNode>): void {
    if (program.resumeAt !== null) return;
    this.#happened.pauses += 1;
    program.connection.cut();
    program.resumeAt = this.#clock.now() + this.#random.below(3 * LEASE_MS);
    this.#recorder.note({ type: 'programPaused', program: program.name });
  }

  async #resume(program: Program<SimNode>): Promise<void> {
    program.resumeAt = null;
    await this.#recorder.look();
    program.connection.mend();
    this.#recorder.note({ type: 'programResumed', program: program.name });
    await this.#recorder.look(); // the node may act before it hears what has happened meanwhile
  }

  /** Kills a node or has it leave, and starts another one. */
  async #replace(program: Program<SimNode>, isKilled: boolean): Promise<void> {
    this.#nodes.splice(this.#nodes.indexOf(program), 1);
    if (isKilled || program.resumeAt !== null) {
      this.#happened.kills += 1;
      program.connection.kill();
      this.#recorder.note({ type: 'programDown', program: program.name, isKilled: true });
    } else {
      this.#happened.stops += 1;
      await program.store.close();
      this.#recorder.note({ type: 'programDown', program: program.name, isKilled: false });
    }
    await this.#startNode();
  }

  async #killSubmitter(): Promise<void> {
    const program = this.#random.of(this.#submitters);
    this.#submitters.splice(this.#submitters.indexOf(program), 1);
    this.#happened.kills += 1;
    program.connection.kill();
    this.#recorder.note({ type: 'programDown', program: program.name, isKilled: true });
    await this.#startSubmitter([...program.it.values()]);
  }
}

/** News are told in turns of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
