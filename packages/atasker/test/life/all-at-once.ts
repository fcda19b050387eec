import assert from 'node:assert/strict';
import { TaskSupervisor, type StopReport, type SupervisorOptions, type Task } from 'atasker';
import { ManualClock } from 'atasker/testing';
import { RemoteControl } from '../support/remote-control.ts';
import { obedient } from '../tasks/obedient.ts';
import { orderFor, resize, sum, type LoopOp, type Op, type Place } from './ops.ts';

type End = 'completed' | 'failed' | 'canceled';

/** What is known of a task. Several things may be under way that end it: whichever comes first. */
interface Known {
  readonly task: Task;
  readonly parent: Known | null;
  readonly may: Set<End>;
  /** `cancel()` has said so. */
  isCanceled: boolean;
  readonly ends: End[];
}

const LOOP = 'life';

/** Performs all operations without waiting between them, and then checks the outcome of each task. */
export class AllAtOnce {
  readonly #supervisor: TaskSupervisor;
  readonly #clock = new ManualClock();
  readonly #remote = new RemoteControl();
  readonly #known = new Map<string, Known>();
  /** By the name that it will have, the parent of each child that was asked for. */
  readonly #parents = new Map<string, Known>();
  #totalBefore = 0;
  #stopping: Promise<StopReport> | null = null;
  #hasLoopExited = false;

  constructor(options: SupervisorOptions) {
    this.#supervisor = new TaskSupervisor({ ...options, cancelGrace: 0, clock: this.#clock });
    this.#supervisor.createAloop(LOOP, { pool: options.asyncPool });
    this.#supervisor.on('taskQueued', ({ task }) => this.#knownAs(task));
    this.#supervisor.on('taskCompleted', ({ task }) => this.#knownAs(task).ends.push('completed'));
    this.#supervisor.on('taskFailed', ({ task }) => this.#knownAs(task).ends.push('failed'));
    this.#supervisor.on('taskCanceled', ({ task }) => this.#knownAs(task).ends.push('canceled'));
  }

  do(op: Op | LoopOp): void {
    const all = [...this.#known.values()];
    const known = 'pick' in op ? all[op.pick % all.length] : undefined;
    switch (op.kind) {
      case 'submit':
        return this.#submit(op.tt, op);
      case 'submitToLoop':
        return this.#submit('aloop', op);
      case 'resize':
        return resize(this.#supervisor, op);
      case 'advance':
        return this.#clock.advance(3);
      case 'restart':
        return this.#stop(false);
      case 'setPriority':
        return void known?.task.setPriority(op.priority);
      case 'call':
      case 'end':
      case 'crash':
      case 'cancel':
        if (known !== undefined) this.#tell(known, op);
    }
  }

  /** Each task has ended once, as it may, none has run twice, and the numbers add up. */
  async finish(cancelTasks: boolean): Promise<void> {
    if (!cancelTasks) this.#remote.letAllReturn();
    this.#stop(cancelTasks);
    const { unfinished, ...report } = await this.#stopping!;
    this.#remote.letAllReturn();
    for (const [name, known] of this.#known) checkEnd(name, known, cancelTasks);
    for (const [name, times] of this.#remote.begun) assert.equal(times, 1, `${name} ran ${times} times`);
    const { tasks, totals, pools } = this.#supervisor.getInfo();
    assert.deepEqual(tasks, []);
    assert.deepEqual([sum(totals), sum(report)], [this.#known.size, this.#known.size - this.#totalBefore]);
    assert.ok(unfinished.every(({ status }) => status === -1));
    for (const { alive, delayed, queued } of Object.values(pools))
      assert.deepEqual([alive, delayed, sum(queued)], [0, 0, 0]);
  }

  async close(): Promise<void> {
    this.#stop(true);
    await this.#stopping;
    await this.#remote.close();
  }

  #submit(place: Place, { priority, delay }: Pick<LoopOp, 'priority' | 'delay'>): void {
    const name = `${place} ${this.#known.size}`;
    const at = place === 'aloop' ? { loop: LOOP } : { tt: place };
    const task = obedient.with({ supervisor: this.#supervisor, name, priority, delay, ...at })(this.#remote.path, name);
    this.#knownAs(task);
  }

  #tell(known: Known, op: Extract<Op, { kind: 'call' | 'end' | 'crash' | 'cancel' }>): void {
    const { name } = known.task;
    const place = placeOf(known);
    if (op.kind === 'cancel') {
      known.isCanceled = known.task.cancel() || known.isCanceled;
      this.#clock.advance(0); // the grace period is over
    } else if (op.kind !== 'call') {
      const order = orderFor(place, op.how);
      if (order !== 'return') known.may.add('failed');
      if (order === 'exit' && place === 'aloop') this.#loopExits();
      this.#remote.tell(name, { do: order });
    } else if (place !== 'async') {
      const child = `${op.tt} child ${this.#parents.size}`;
      this.#parents.set(child, known);
      this.#remote.tell(name, { do: 'call', child, tt: op.tt, priority: op.priority });
    }
  }

  /** All that run there end with it. */
  #loopExits(): void {
    this.#hasLoopExited = true;
    for (const known of this.#known.values()) if (placeOf(known) === 'aloop') known.may.add('failed');
  }

  #stop(cancelTasks: boolean): void {
    if (this.#stopping === null) this.#totalBefore = sum(this.#supervisor.getInfo().totals);
    this.#stopping = this.#supervisor.stop({ cancelTasks });
    this.#clock.advance(0);
  }

  #knownAs(task: Task): Known {
    const parent = this.#parents.get(task.name) ?? null;
    const known = this.#known.get(task.name) ?? this.#newKnown(task, parent);
    if (this.#hasLoopExited && placeOf(known) === 'aloop') known.may.add('failed'); // the order may come later
    this.#known.set(task.name, known);
    return known;
  }

  /** While it stops, it refuses all calls but those of running tasks. On an aloop a function runs on after its task has ended. */
  #newKnown(task: Task, parent: Known | null): Known {
    const isOwnCall = parent === null || parent.ends.length > 0;
    const may = new Set<End>(isOwnCall && this.#stopping !== null ? ['failed'] : []);
    return { task, parent, may, isCanceled: false, ends: [] };
  }
}

function placeOf({ task }: Known): Place {
  return task.name.split(' ', 1)[0] as Place;
}

function checkEnd(name: string, { ends, may, isCanceled, parent, task }: Known, allMayBeCanceled: boolean): void {
  assert.equal(ends.length, 1, `${name} ended ${ends.length} times: ${ends.join()}`);
  const [end] = ends as [End];
  if (isCanceled) assert.equal(end, 'canceled', name);
  else if (end === 'failed') assert.ok(may.has('failed'), `${name} failed: ${String(task.error)}`);
  else if (end === 'canceled')
    assert.ok(allMayBeCanceled || task.timeStarted === null || isCanceledWith(parent), `${name} was cancelled`);
}

function isCanceledWith(parent: Known | null): boolean {
  return parent !== null && (parent.isCanceled || isCanceledWith(parent.parent));
}
