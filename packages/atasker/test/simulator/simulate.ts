import { microtasks } from './turns.ts';
import { PRIORITIES } from '../../src/core/priority.ts';
import { TaskSupervisor, type Task } from '../../src/index.ts';
import type { TaskHandle } from '../../src/task/task.ts';
import { Random } from './random.ts';
import { work } from './tasks.ts';
import { Watch } from './watch.ts';
import { World, type Choice } from './world.ts';

export interface Plan {
  readonly seed: number;
  readonly tt: 'thread' | 'process';
  readonly transport: 'shared' | 'message';
  /** How many things the program and its faults do. */
  readonly deeds: number;
  /** Deeds that are left out, by their number. */
  readonly without: ReadonlySet<number>;
}

export interface Result {
  readonly plan: Plan;
  readonly steps: number;
  readonly deeds: number;
  readonly violation: Error | null;
}

/** The id of the supervisor. */
const ID = 'simulated';

/** If no task has ended in so many steps without a deed, none ever will. */
const MOST_STEPS_TO_END = 20_000;

/** The longest time for which the event loop of the program stands still, in steps of the others. */
const MOST_BLOCKED_STEPS = 10_000;

/** How far the clock may go on while tasks wait and nothing else happens, in milliseconds. */
const MOST_QUIET_MS = 120_000;

/** Runs one program, whose every step follows from the seed. */
export async function simulate(plan: Plan): Promise<Result> {
  const random = new Random(plan.seed);
  const limits = { poolSize: 1 + random.below(3), reserveNormal: random.below(2), reserveHigh: random.below(2) };
  const slots = limits.poolSize + limits.reserveNormal + limits.reserveHigh;
  const maxSize = slots + random.below(2);
  const watch = new Watch(`${ID}-`, limits);
  const world = new World(random, watch, maxSize);
  let violation: Error | null = null;
  let deeds = 0;
  await world.within(plan.transport === 'shared' && plan.tt === 'thread', async () => {
    const pool = {
      ...limits,
      maxSize,
      minSize: random.of([0, 0, 1, 'max'] as const),
      idleTimeout: 5 + random.below(50),
    };
    const supervisor = new TaskSupervisor({
      id: ID,
      transport: plan.transport,
      cancelGrace: random.of([0, 5, 50]),
      [plan.tt === 'thread' ? 'threadPool' : 'processPool']: pool,
    });
    const program = new Program(supervisor, plan, world);
    try {
      await program.run();
    } catch (error) {
      violation = error as Error;
    }
    deeds = program.deeds;
  });
  return { plan, steps: watch.step, deeds, violation };
}

/** The user's code, and what goes wrong around it. */
class Program {
  deeds = 0;
  readonly #supervisor: TaskSupervisor;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #watch: Watch;
  readonly #random: Random;
  readonly #call: typeof work;
  /** How much the next calls are worth: now and then there are far more tasks than a ring has room for. */
  readonly #burst: number;
  #error: Error | null = null;

  constructor(supervisor: TaskSupervisor, plan: Plan, world: World) {
    this.#supervisor = supervisor;
    this.#plan = plan;
    this.#world = world;
    this.#watch = world.watch;
    this.#random = world.random;
    this.#call = work.with({ supervisor, tt: plan.tt });
    this.#burst = this.#random.of([2, 2, 2, 3, 3, 5, 5, 400]);
    const ended = ({ task }: { task: Task }): void => this.#guard(() => this.#watch.ended(task as never));
    for (const event of ['taskCompleted', 'taskFailed', 'taskCanceled'] as const) supervisor.on(event, ended);
    supervisor.on('error', ({ error }) => (this.#error ??= error as Error));
  }

  async run(): Promise<void> {
    while (this.deeds < this.#plan.deeds) await this.#step(true);
    this.#world.wakeAll();
    await this.#until(() => this.#watch.unended === 0);
    await this.#stop();
  }

  async #stop(): Promise<void> {
    let isStopped = false;
    void this.#supervisor.stop().then(() => (isStopped = true));
    await this.#until(() => isStopped);
    const { clock, members } = this.#world;
    if (members.length > 0) this.#watch.violate(`${members.length} members live after the stop`);
    if (clock.pending > 0) this.#watch.violate(`${clock.pending} timers are set after the stop`);
  }

  /** Goes on without deeds. */
  async #until(isOver: () => boolean): Promise<void> {
    const { clock } = this.#world;
    let quietSince = clock.now();
    let steps = 0;
    while (!isOver()) {
      const unended = this.#watch.unended;
      await this.#step(false);
      steps += 1;
      if (this.#watch.unended < unended) [quietSince, steps] = [clock.now(), 0];
      if (steps > MOST_STEPS_TO_END || clock.now() - quietSince > MOST_QUIET_MS)
        this.#watch.violate(`${this.#watch.unended} tasks do not end`);
    }
  }

  async #step(withDeeds: boolean): Promise<void> {
    const world = this.#world;
    const choices = world.choices();
    const { nextAt } = world.clock;
    if (choices.length === 0 && world.isBlocked) return world.wakeAll();
    if (choices.length === 0) this.#checkNobodySleeps();
    if (withDeeds && !world.isBlocked) choices.push({ weight: 2, happen: () => this.#deed() });
    if (nextAt !== Infinity && !world.isBlocked)
      choices.push({ weight: 0.2, happen: () => world.clock.advanceTo(nextAt) });
    if (choices.length === 0 && this.#watch.unended > 0)
      this.#watch.violate(`${this.#watch.unended} tasks wait, and nothing can happen`);
    this.#watch.step += 1;
    world.clock.nextStep();
    if (choices.length > 0) this.#guard(chosen(choices, this.#random).happen);
    await microtasks();
    const broken = this.#watch.violation ?? this.#error;
    if (broken !== null) throw broken;
  }

  /** When only time can go on, no task may wait for a member that has nothing to do. */
  #checkNobodySleeps(): void {
    const { members, isStalled } = this.#world;
    const idle = members.find(({ isIdle }) => isIdle);
    if (idle !== undefined && !isStalled && this.#watch.startable() > 0)
      this.#watch.violate(`member ${idle.id} sleeps while ${this.#watch.startable()} tasks may begin`);
  }

  #deed(): void {
    const number = this.deeds;
    this.deeds += 1;
    const random = this.#random;
    const kind = random.below(100);
    const [a, b] = [random.next(), random.next()];
    if (this.#plan.without.has(number)) return;
    const { members } = this.#world;
    const member = members[Math.floor(a * members.length)];
    if (kind < 60) this.#callSome(1 + Math.floor(a * this.#burst), b);
    else if (kind < 68) this.#unended(a)?.cancel('not wanted');
    else if (kind < 72) this.#cancelFrom(a, Math.floor(b * 10));
    else if (kind < 80) this.#changePriority(this.#unended(a), b);
    else if (kind < 86) member?.exit();
    else if (kind < 91 && member !== undefined) this.#world.stall(member, Math.floor(b * 2_000));
    else if (kind < 95) this.#world.block(Math.floor(b * MOST_BLOCKED_STEPS));
    else this.#world.clock.advanceTo(this.#world.clock.now() + Math.floor(b * 60));
  }

  #callSome(count: number, chance: number): void {
    const priority = PRIORITIES[Math.floor(chance * PRIORITIES.length)]!;
    const call = this.#call.with({ priority });
    for (let n = 0; n < count; n += 1) {
      this.#watch.call(priority, () => {
        const task = call(n) as unknown as TaskHandle;
        this.#world.sample = task;
        return task;
      });
    }
  }

  #cancelFrom(chance: number, count: number): void {
    const tasks = this.#watch.unendedTasks();
    const from = Math.floor(chance * tasks.length);
    for (const task of tasks.slice(from, from + count)) task.cancel('not wanted');
  }

  #changePriority(task: Task | undefined, chance: number): void {
    if (task === undefined) return;
    this.#watch.moved(task.id); // first: it may be taken at once
    task.setPriority(PRIORITIES[Math.floor(chance * PRIORITIES.length)]!);
  }

  #unended(chance: number): Task | undefined {
    const tasks = this.#watch.unendedTasks();
    return tasks[Math.floor(chance * tasks.length)];
  }

  /** Keeps an error that is thrown into code of the library, which may catch it. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#error ??= error as Error;
    }
  }
}

function chosen(choices: readonly Choice[], random: Random): Choice {
  let left = random.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices.at(-1)!;
}
