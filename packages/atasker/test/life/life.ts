import assert from 'node:assert/strict';
import { TaskSupervisor, type SupervisorEvents, type Task } from 'atasker';
import { ManualClock } from 'atasker/testing';
import type { Limits } from '../../src/core/limits.ts';
import { PRIORITIES } from '../../src/core/priority.ts';
import { TASK_TYPES, type TaskType } from '../../src/task/call.ts';
import { turn } from '../support/events.ts';
import { RemoteControl } from '../support/remote-control.ts';
import { obedient } from '../tasks/obedient.ts';
import { Model, type End, type Item } from './model.ts';
import { orderFor, resize, sum, type Op } from './ops.ts';

export interface LifePools {
  readonly threadPool: Limits;
  readonly processPool: Limits;
  readonly asyncPool: Limits;
  readonly transport: 'shared' | 'message';
}

type Totals = Record<End, number>;

/**
 * Does the same to a supervisor and to a model, and after each step waits for what the model says must
 * happen. What happens and is not in the model is an error at once; what does not happen hangs, and
 * fast-check ends that.
 */
export class Life {
  readonly #model: Model;
  readonly #clock = new ManualClock();
  readonly #supervisor: TaskSupervisor;
  readonly #remote = new RemoteControl();
  readonly #tasks = new Map<string, Task>();
  readonly #ended = new Set<string>();
  #error: Error | null = null;
  /** Whether all may return now, in whatever order. */
  #isFinishing = false;

  constructor(pools: LifePools) {
    const { threadPool, processPool, asyncPool } = pools;
    this.#model = new Model({ thread: threadPool, process: processPool, async: asyncPool });
    this.#supervisor = new TaskSupervisor({ ...pools, cancelGrace: 0, clock: this.#clock });
    this.#on('taskQueued', ({ task }) => this.#tasks.set(task.name, task));
    this.#on('taskStarted', ({ task }) => this.#started(task));
    this.#on('taskCompleted', ({ task }) => this.#hasEnded(task, 'completed'));
    this.#on('taskCanceled', ({ task }) => this.#hasEnded(task, 'canceled'));
    this.#on('taskFailed', ({ task, error }) =>
      this.#hasEnded(task, (error as Error & { code?: string }).code === 'ERR_TASK_LOST' ? 'lost' : 'failed'),
    );
    this.#on('lateResult', ({ task }) => this.#remote.signs.show(`late ${task.name}`));
    this.#on('lateError', ({ task }) => this.#remote.signs.show(`late ${task!.name}`));
  }

  async do(op: Op): Promise<void> {
    await this.#apply(op);
    await this.#settle();
    this.#compare();
  }

  /** Whatever is left may return; then nothing is left, and the numbers add up. */
  async finish(): Promise<void> {
    const left = this.#model.unended.map(({ row }) => row.state);
    this.#isFinishing = true;
    this.#remote.letAllReturn();
    const before = this.#supervisor.getInfo().totals;
    const report = await this.#supervisor.stop();
    this.#rethrow();
    const { completed, canceled, lost, failed } = report;
    const delayed = left.filter((state) => state === 'delayed').length;
    assert.deepEqual(
      { completed, canceled, lost, failed },
      { completed: left.length - delayed, canceled: delayed, lost: 0, failed: 0 },
    );
    const { pools, tasks, totals } = this.#supervisor.getInfo();
    assert.deepEqual(tasks, []);
    for (const { alive, queued } of Object.values(pools)) assert.deepEqual([alive, sum(queued)], [0, 0]);
    assert.equal(sum(totals), this.#model.items.length);
    assert.equal(sum(totals) - sum(before), left.length);
    for (const [name, times] of this.#remote.begun) assert.equal(times, 1, `${name} ran ${times} times`);
  }

  /** Whatever became of it, nothing stays. */
  async close(): Promise<void> {
    const stopped = this.#supervisor.stop({ cancelTasks: true });
    this.#clock.advance(0);
    await stopped;
    await this.#remote.close();
  }

  async #apply(op: Op): Promise<void> {
    const model = this.#model;
    switch (op.kind) {
      case 'submit':
        return this.#submit(op);
      case 'call':
        return this.#with(op.pick, this.#obeying(), (parent) => this.#call(parent, op));
      case 'end':
        return this.#with(op.pick, model.working, (item) => this.#end(item, op.how));
      case 'crash':
        return this.#with(op.pick, this.#obeying(['thread', 'process']), (item) => this.#crash(item, op.how));
      case 'cancel':
        return this.#with(op.pick, this.#mostly(op.pick, model.unended), (item) => this.#cancel(item));
      case 'setPriority':
        return this.#with(op.pick, this.#mostly(op.pick, model.unstarted), (item) =>
          this.#setPriority(item, op.priority),
        );
      case 'resize':
        model.resize(op.tt, op.limits);
        return resize(this.#supervisor, op);
      case 'advance':
        return this.#advance();
      case 'restart':
        return this.#restart();
    }
  }

  async #with(pick: number, items: readonly Item[], act: (item: Item) => void | Promise<void>): Promise<void> {
    const item = items[pick % items.length];
    if (item !== undefined) await act(item);
  }

  /** Three times of four these, else all: it comes too late for most of them. */
  #mostly(pick: number, items: readonly Item[]): readonly Item[] {
    return pick % 4 === 0 ? this.#model.items : items;
  }

  /** Those at work that have not been cancelled. */
  #obeying(types: readonly TaskType[] = TASK_TYPES): Item[] {
    return this.#model.working.filter(({ end, tt }) => end === null && types.includes(tt));
  }

  #submit({ tt, priority, delay }: Extract<Op, { kind: 'submit' }>): void {
    const { name } = this.#model.submit(tt, priority, delay);
    const task = obedient.with({ supervisor: this.#supervisor, name, tt, priority, delay })(this.#remote.path, name);
    this.#tasks.set(name, task);
  }

  async #call(parent: Item, { tt, priority }: Extract<Op, { kind: 'call' }>): Promise<void> {
    const { name: child } = this.#model.call(parent, tt, priority);
    const waits = this.#remote.signs.whenShown(`waits ${parent.name}`);
    this.#remote.tell(parent.name, { do: 'call', child, tt, priority });
    await waits;
    this.#remote.signs.forget(`waits ${parent.name}`);
    await turn(); // messages that it sent to its supervisor before that have arrived now,
    await turn(); // and has been read
  }

  #end(item: Item, how: 'return' | 'throw'): void {
    this.#model.end(item, how === 'return' ? 'completed' : 'failed');
    this.#remote.tell(item.name, { do: how });
  }

  #crash(item: Item, how: 'exit' | 'kill' | 'throwAside'): void {
    this.#model.end(item, how === 'throwAside' ? 'failed' : 'lost');
    this.#remote.tell(item.name, { do: orderFor(item.tt, how) });
  }

  #cancel(item: Item): void {
    const isOver = item.end !== null;
    this.#model.cancel(item);
    this.#model.pump();
    assert.equal(this.#tasks.get(item.name)!.cancel('enough'), !isOver);
    this.#clock.advance(0); // the grace period is over
  }

  #setPriority(item: Item, priority: (typeof PRIORITIES)[number]): void {
    const waits = item.row.state === 'waiting' || item.row.state === 'delayed';
    if (waits) this.#model.setPriority(item, priority);
    assert.equal(this.#tasks.get(item.name)!.setPriority(priority), waits);
  }

  #advance(): void {
    const ms = this.#model.untilDue;
    if (ms === null) return;
    this.#model.advance(ms);
    this.#clock.advance(ms);
  }

  async #restart(): Promise<void> {
    const canceled = this.#model.unended.length;
    for (const item of this.#model.items) this.#model.cancel(item);
    const stopped = this.#supervisor.stop({ cancelTasks: true });
    this.#clock.advance(0);
    const { unfinished, ...counts } = await stopped;
    assert.deepEqual(counts, { completed: 0, failed: 0, canceled, lost: 0 });
    assert.deepEqual(
      unfinished.map(({ name }) => name).toSorted(),
      this.#model.working.map(({ name }) => name).toSorted(),
    );
    this.#supervisor.start();
  }

  /** Waits until all has happened that must have. */
  async #settle(): Promise<void> {
    const { signs } = this.#remote;
    for (const { name, row, end, tt } of this.#model.items) {
      if (row.starts > 0) await signs.whenShown(`started ${name}`);
      if (end !== null) await signs.whenShown(`ended ${name}`);
      if (row.state === 'running') await signs.whenShown(`here ${name}`);
      if (end === 'canceled' && tt === 'async' && row.starts > 0 && row.state === 'ended')
        await signs.whenShown(`late ${name}`);
    }
    this.#rethrow();
  }

  #compare(): void {
    const { pools, totals } = this.#supervisor.getInfo({ tasks: false });
    for (const [tt, info] of Object.entries(pools)) {
      const model = this.#model.pools[tt as TaskType];
      const queued = Object.fromEntries(
        PRIORITIES.map((priority) => [priority, model.in('waiting').filter((row) => row.priority === priority).length]),
      );
      assert.deepEqual(
        { running: info.running, delayed: info.delayed, queued: info.queued },
        { running: model.running, delayed: model.in('delayed').length, queued },
        tt,
      );
    }
    const expected: Totals = { completed: 0, failed: 0, canceled: 0, lost: 0 };
    for (const { end } of this.#model.items) if (end !== null) expected[end] += 1;
    assert.deepEqual({ ...totals }, expected);
  }

  #on<E extends keyof SupervisorEvents>(event: E, check: (payload: SupervisorEvents[E]) => void): void {
    this.#supervisor.on(event, (payload) => {
      try {
        check(payload);
      } catch (error) {
        this.#error ??= error as Error;
      }
    });
  }

  #started({ name }: Task): void {
    const { row } = this.#itemOf(name);
    this.#remote.signs.show(`started ${name}`);
    assert.ok(this.#isFinishing || row.starts > 0, `${name} started before its turn`);
  }

  #hasEnded(task: Task, end: End): void {
    const { name } = task;
    const item = this.#itemOf(name);
    assert.ok(!this.#ended.has(name), `${name} ended twice`);
    this.#ended.add(name);
    this.#remote.signs.show(`ended ${name}`);
    if (item.end !== null) assert.equal(end, item.end, name);
  }

  #itemOf(name: string): Item {
    return this.#model.items.find((item) => item.name === name)!;
  }

  #rethrow(): void {
    if (this.#error !== null) throw this.#error;
  }
}
