import { microtasks } from './turns.ts';
import { TaskSupervisor, type Task } from '../../src/index.ts';
import type { Plan, Result } from './plan.ts';
import { Program } from './program.ts';
import type { Random } from './random.ts';
import { settingOf, type Setting } from './setting.ts';
import { checkRest, checkStopped } from './states.ts';
import { World, type Choice } from './world.ts';

/** If no task has ended in so many steps without a deed, none ever will. */
const MOST_STEPS_TO_END = 20_000;

/**
 * How far the clock may go on while tasks wait and none ends, in milliseconds. Timers of ten seconds may ring before the
 * members have had their turn, so a task may be given back many times before it begins.
 */
const MOST_QUIET_MS = 3_600_000;

/** Is told each step, for somebody who looks for the reason of a fault. */
export type Trace = (line: string) => void;

/** Runs one program, whose every step follows from its plan. */
export async function simulate(plan: Plan, trace: Trace | null = null): Promise<Result> {
  const setting = settingOf(plan);
  const world = new World(plan, setting);
  let violation: Error | null = null;
  let done: Result['done'] = new Map();
  await world.within(async () => {
    const supervisor = new TaskSupervisor(setting.options);
    const program = new Program(supervisor, plan, setting, world);
    try {
      await new Run(supervisor, program, setting, world, trace).run();
    } catch (error) {
      violation = error as Error;
    }
    ({ done } = program);
  });
  return { plan, steps: world.watch.step, done, violation };
}

/** One program on its way, step by step. */
class Run {
  readonly #supervisor: TaskSupervisor;
  readonly #program: Program;
  readonly #setting: Setting;
  readonly #world: World;
  readonly #trace: Trace | null;
  #error: Error | null = null;

  constructor(supervisor: TaskSupervisor, program: Program, setting: Setting, world: World, trace: Trace | null) {
    this.#supervisor = supervisor;
    this.#program = program;
    this.#setting = setting;
    this.#world = world;
    this.#trace = trace;
    const { watch } = world;
    const ended = ({ task }: { task: Task }): void => this.#guard(() => watch.end(task));
    for (const event of ['taskCompleted', 'taskFailed', 'taskCanceled'] as const) supervisor.on(event, ended);
    supervisor.on('taskQueued', ({ task }) => this.#guard(() => watch.queued(task)));
    supervisor.on('error', ({ error }) => (this.#error ??= error as Error));
    if (setting.hearsStarts) supervisor.on('taskStarted', () => {});
  }

  async run(): Promise<void> {
    const { rounds, stop } = this.#setting;
    for (let round = 1; round <= rounds; round += 1) {
      this.#supervisor.start();
      const left = Math.floor((this.#program.left * (rounds - round)) / rounds);
      while (this.#program.left > left) await this.#step(true);
      this.#world.wakeAll();
      if (stop === null) await this.#until(() => this.#world.watch.unended === 0);
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    let isStopped = false;
    void this.#supervisor.stop(this.#setting.stop ?? {}).then(() => (isStopped = true));
    await this.#until(() => isStopped);
    checkStopped(this.#supervisor, this.#world);
  }

  /** Goes on without deeds. */
  async #until(isOver: () => boolean): Promise<void> {
    const { clock, watch } = this.#world;
    let quietSince = clock.now();
    let steps = 0;
    while (!isOver()) {
      const { ended } = watch;
      await this.#step(false);
      steps += 1;
      if (watch.ended > ended) [quietSince, steps] = [clock.now(), 0];
      if (steps > MOST_STEPS_TO_END || clock.now() - quietSince > MOST_QUIET_MS)
        watch.violate(`${watch.unended} tasks do not end`);
    }
  }

  async #step(withDeeds: boolean): Promise<void> {
    const { clock, watch, isBlocked } = this.#world;
    const choices = this.#world.choices();
    const { nextAt } = clock;
    if (choices.length === 0 && isBlocked) return this.#world.wakeAll();
    if (choices.length === 0) checkRest(this.#supervisor, this.#world);
    const member = null;
    if (withDeeds && !isBlocked)
      choices.push({ weight: 2, name: 'a deed', member, happen: () => this.#program.next() });
    if (nextAt !== Infinity && !isBlocked)
      choices.push({ weight: 0.2, name: 'a timer', member, happen: () => clock.advanceTo(nextAt) });
    if (choices.length === 0 && watch.unended > 0) watch.violate(`${watch.unended} tasks wait, and nothing can happen`);
    watch.step += 1;
    clock.nextStep();
    if (choices.length > 0) this.#guard(() => this.#take(chosen(choices, this.#world.random)));
    await microtasks();
    const broken = watch.violation ?? this.#error;
    if (broken !== null) throw broken;
  }

  #take({ name, member, happen }: Choice): void {
    this.#trace?.(`${this.#world.watch.step} ${member === null ? '' : `member ${member.id} `}${name}`);
    happen();
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
