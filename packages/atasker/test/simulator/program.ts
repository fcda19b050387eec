import type { Priority } from '../../src/core/priority.ts';
import type { Task, TaskSupervisor } from '../../src/index.ts';
import { PRIORITIES } from '../../src/core/priority.ts';
import type { TaskHandle } from '../../src/task/task.ts';
import type { CallLimits } from './known.ts';
import { deedRandom, deedsOf, type Plan } from './plan.ts';
import type { Random } from './random.ts';
import { poolLimits, type Setting } from './setting.ts';
import { work } from './tasks.ts';
import type { World } from './world.ts';

/** The longest time for which the event loop of the program stands still, in steps of the others. */
const MOST_BLOCKED_STEPS = 10_000;

/** The longest time for which one member stands still, in steps of the others. */
const MOST_STALLED_STEPS = 2_000;

/** What the program does, and what goes wrong around it. */
export class Program {
  /** What it has done so far, by the number of the deed. */
  readonly done = new Map<number, string>();
  readonly #supervisor: TaskSupervisor;
  readonly #plan: Plan;
  readonly #setting: Setting;
  readonly #world: World;
  readonly #deeds: number[];
  readonly #call: typeof work;
  readonly #kinds: readonly (readonly [weight: number, act: (random: Random) => string])[] = [
    [60, (random) => this.#callSome(random)],
    [8, (random) => this.#cancel(random)],
    [4, (random) => this.#cancelMany(random)],
    [8, (random) => this.#changePriority(random)],
    [4, (random) => this.#resize(random)],
    [6, (random) => this.#kill(random)],
    [5, (random) => this.#stall(random)],
    [3, (random) => this.#block(random)],
    [5, (random) => this.#letTimePass(random)],
  ];

  constructor(supervisor: TaskSupervisor, plan: Plan, setting: Setting, world: World) {
    this.#supervisor = supervisor;
    this.#plan = plan;
    this.#setting = setting;
    this.#world = world;
    this.#deeds = [...deedsOf(plan)];
    this.#call = work.with({ supervisor, tt: plan.tt });
  }

  /** How many deeds are left. */
  get left(): number {
    return this.#deeds.length;
  }

  /** Does the next deed. */
  next(): void {
    const number = this.#deeds.shift()!;
    const random = deedRandom(this.#plan, number);
    let left = random.below(this.#kinds.reduce((sum, [weight]) => sum + weight, 0));
    const [, act] = this.#kinds.find(([weight]) => (left -= weight) < 0)!;
    this.done.set(number, `step ${this.#world.watch.step}: it begins to act`); // if that throws
    const what = act(random);
    this.done.set(number, `step ${this.#world.watch.step}: ${what}`);
  }

  #callSome(random: Random): string {
    const count = 1 + random.below(this.#setting.burst);
    const priority = random.of(PRIORITIES);
    const limits = random.happens(this.#setting.limitChance) ? callLimits(random) : {};
    const more = random.happens(this.#setting.largeChance) ? random.of(LARGE) : undefined;
    for (let n = 0; n < count; n += 1) this.#callOne(priority, limits, more);
    const options = Object.entries(limits).map(([name, ms]) => `, ${name} ${ms}`);
    return `calls ${count} ${priority} tasks${options.join('')}${more === undefined ? '' : ', large arguments'}`;
  }

  #callOne(priority: Priority, limits: CallLimits, more: unknown): void {
    const call = this.#call.with({ priority, ...durations(limits) });
    this.#world.watch.call(priority, limits, (sequence) => {
      const task = more === undefined ? call(sequence) : call(sequence, more);
      this.#world.sample = task as unknown as TaskHandle;
      return task;
    });
  }

  #cancel(random: Random): string {
    const task = this.#unended(random);
    task?.cancel('not wanted');
    return `cancels ${task?.id}`;
  }

  #cancelMany(random: Random): string {
    const tasks = this.#world.watch.unendedTasks();
    const from = random.below(tasks.length);
    const some = tasks.slice(from, from + random.below(10));
    for (const task of some) task.cancel('not wanted');
    return `cancels ${some.length} tasks`;
  }

  #changePriority(random: Random): string {
    const task = this.#unended(random);
    const priority = random.of(PRIORITIES);
    if (task === undefined) return 'changes no priority';
    const before = task.priority;
    this.#world.watch.moved(task.id, priority); // first: it may be taken at once
    if (!task.setPriority(priority)) this.#world.watch.moved(task.id, before);
    return `lets ${task.id} be ${priority}`;
  }

  #resize(random: Random): string {
    const limits = poolLimits(random);
    this.#world.watch.limits = limits;
    this.#world.maxSize = limits.maxSize;
    const options = { ...limits, minSize: random.below(2) };
    if (this.#plan.tt === 'thread') this.#supervisor.setThreadPool(options);
    else this.#supervisor.setMpPool(options);
    return `resizes the pool: ${JSON.stringify(options)}`;
  }

  #kill(random: Random): string {
    const member = this.#member(random);
    member?.exit();
    return `member ${member?.id} dies`;
  }

  #stall(random: Random): string {
    const member = this.#member(random);
    const steps = random.below(MOST_STALLED_STEPS);
    if (member !== undefined) this.#world.stall(member, steps);
    return `member ${member?.id} stands still for ${steps} steps`;
  }

  #block(random: Random): string {
    const steps = random.below(MOST_BLOCKED_STEPS);
    this.#world.block(steps);
    return `the program stands still for ${steps} steps`;
  }

  #letTimePass(random: Random): string {
    const ms = random.below(60);
    const { clock } = this.#world;
    clock.advanceTo(clock.now() + ms);
    return `${ms} ms pass`;
  }

  #member(random: Random): World['members'][number] | undefined {
    const { members } = this.#world;
    return members[random.below(members.length)];
  }

  #unended(random: Random): Task | undefined {
    const tasks = this.#world.watch.unendedTasks();
    return tasks[random.below(tasks.length)];
  }
}

/** Arguments that have no room in an entry of the run queue: a text, bytes, and what only a clone can carry. */
const LARGE = ['x'.repeat(3_000), new Uint8Array(100), new Date(0), new Map([[1, 'x'.repeat(3_000)]])];

/** The limits as a program writes them: a small number alone could be meant in seconds, and warns. */
function durations(limits: CallLimits): Partial<Record<keyof CallLimits, `${number}ms`>> {
  return Object.fromEntries(Object.entries(limits).map(([name, ms]) => [name, `${ms}ms`]));
}

function callLimits(random: Random): CallLimits {
  const ms = 1 + random.below(40);
  return random.of([{ delay: ms }, { queueTimeout: ms }, { timeout: ms }, { deadline: ms }]);
}
