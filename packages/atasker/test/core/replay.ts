import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Admission } from '../../src/core/admission.ts';
import type { Limits } from '../../src/core/limits.ts';
import type { Priority } from '../../src/core/priority.ts';
import { anyPriority, newEntry, type NumberedEntry } from './entries.ts';
import { decidedHere, type Machine } from './machines.ts';
import { NaivePool, anyLimits, type Row } from './naive-pool.ts';

/** One thing that happens to a pool. `pick` chooses among the tasks to which it can happen. */
export type Op =
  | { readonly kind: 'submit'; readonly priority: Priority; readonly isChild: boolean }
  | { readonly kind: 'delay'; readonly priority: Priority; readonly isChild: boolean; readonly ms: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'due' | 'turn' | 'pump' }
  | { readonly kind: 'end' | 'suspend' | 'resume' | 'giveBack' | 'cancel' | 'stray'; readonly pick: number }
  | { readonly kind: 'setPriority'; readonly pick: number; readonly priority: Priority }
  | { readonly kind: 'resize'; readonly limits: Limits };

/** Told of each answer, and shown the rows as they were before it. */
export interface Observer {
  onTurn?(this: void, pool: NaivePool, started: Row | null): void;
  onDue?(this: void, pool: NaivePool, due: Row | null, now: number): void;
  afterOp?(this: void, replay: Replay): void;
}

/**
 * Does the same to an `Admission` and to the rows of a `NaivePool`.
 *
 * What starts and what is due, the admission decides: the rows only record it. So an observer can
 * compare its choice with the model's, or judge it by a rule without the model.
 */
export class Replay {
  readonly admission: Admission<NumberedEntry>;
  readonly #machine: Machine;
  readonly pool: NaivePool;
  readonly entries: NumberedEntry[] = [];
  readonly #observer: Observer;
  #now = 0;

  constructor(limits: Limits, observer: Observer, machine: Machine) {
    this.#machine = machine;
    this.admission = machine.admission;
    this.pool = new NaivePool(limits);
    this.#observer = observer;
  }

  do(op: Op): void {
    this.#apply(op);
    this.#observer.afterOp?.(this);
  }

  /** Whatever is left runs to its end: under any limits something starts once all that runs has ended. */
  finish(): void {
    this.#now = Infinity;
    this.#takeAllDue();
    for (const row of this.pool.in('suspended')) this.#resume(row);
    this.#pump();
    while (this.pool.running > 0) {
      for (const row of this.pool.in('running')) this.#end(row);
      this.#pump();
    }
  }

  #apply(op: Op): void {
    switch (op.kind) {
      case 'submit':
        return this.#submit(op.priority, op.isChild, null);
      case 'delay':
        return this.#submit(op.priority, op.isChild, this.#now + op.ms);
      case 'advance':
        this.#now += op.ms;
        return this.#takeAllDue();
      case 'due':
        return void this.#takeDue();
      case 'turn':
        return void this.#turn();
      case 'pump':
        return this.#pump();
      case 'end':
        return this.#with(op.pick, this.pool.in('running'), (row) => this.#end(row));
      case 'suspend':
        return this.#with(op.pick, this.pool.in('running'), (row) => this.#suspend(row));
      case 'resume':
        return this.#with(op.pick, this.pool.in('suspended'), (row) => this.#resume(row));
      case 'giveBack':
        return this.#with(op.pick, this.pool.in('running'), (row) => this.#giveBack(row));
      case 'cancel':
        return this.#with(op.pick, this.#unstarted(), (row) => this.#cancel(row));
      case 'stray':
        return this.#with(op.pick, this.pool.rows, (row) => this.#stray(row));
      case 'setPriority':
        return this.#with(op.pick, this.#unstarted(), (row) => this.#setPriority(row, op.priority));
      case 'resize':
        this.pool.limits = op.limits;
        return this.admission.resize(op.limits);
    }
  }

  #with(pick: number, rows: readonly Row[], act: (row: Row) => void): void {
    const row = rows[pick % rows.length];
    if (row !== undefined) act(row);
  }

  #unstarted(): Row[] {
    return this.pool.rows.filter(({ state }) => state === 'waiting' || state === 'delayed');
  }

  entryOf(row: Row): NumberedEntry {
    return this.entries[row.id]!;
  }

  #rowOf(entry: NumberedEntry | null): Row | null {
    return entry === null ? null : this.pool.rows[entry.id]!;
  }

  #submit(priority: Priority, isChild: boolean, dueAt: number | null): void {
    const entry = newEntry(this.entries.length, priority, isChild);
    this.entries.push(entry);
    this.pool.add(priority, isChild, dueAt);
    if (dueAt !== null) this.admission.delay(entry, dueAt);
    else if (entry.id % 2 === 0) this.admission.queue(entry);
    else this.admission.queueOrPublish(entry);
  }

  #takeDue(): Row | null {
    const row = this.#rowOf(this.admission.takeDue(this.#now));
    this.#observer.onDue?.(this.pool, row, this.#now);
    if (row !== null) {
      assert.equal(row.state, 'delayed', 'a task is due once');
      row.state = 'waiting';
      this.pool.toTheTail(row);
    }
    return row;
  }

  #takeAllDue(): void {
    while (this.#takeDue() !== null);
  }

  #turn(): Row | null {
    const row = this.#rowOf(this.#machine.takeNext());
    this.#observer.onTurn?.(this.pool, row);
    if (row !== null) {
      assert.equal(row.state, 'waiting', 'a task starts once');
      row.state = 'running';
      row.starts += 1;
    }
    return row;
  }

  #pump(): void {
    const expected = this.admission.startable();
    let started = 0;
    while (this.#turn() !== null) started += 1;
    assert.equal(started, expected, 'startable() is the number of turns in a row that start a task');
  }

  #end(row: Row): void {
    this.#machine.end(this.entryOf(row));
    row.state = 'ended';
  }

  #suspend(row: Row): void {
    this.admission.release(this.entryOf(row));
    row.state = 'suspended';
  }

  #resume(row: Row): void {
    this.admission.acquire(this.entryOf(row));
    row.state = 'running';
  }

  /** As when its thread was lost before it had begun. */
  #giveBack(row: Row): void {
    if (this.#machine.giveBack(this.entryOf(row))) this.pool.toTheHead(row);
    else this.pool.toTheTail(row);
    row.state = 'waiting';
    row.givenBack += 1;
  }

  #cancel(row: Row): void {
    assert.equal(this.admission.withdraw(this.entryOf(row)), true);
    row.state = 'canceled';
  }

  #setPriority(row: Row, priority: Priority): void {
    assert.equal(this.admission.setPriority(this.entryOf(row), priority), true);
    row.priority = priority;
    if (row.state === 'waiting') this.pool.toTheTail(row);
  }

  /** Comes too late, or twice, for this task: nothing may change. */
  #stray(row: Row): void {
    const entry = this.entryOf(row);
    if (row.state === 'running') this.admission.acquire(entry);
    else this.admission.release(entry);
    if (row.state === 'waiting' || row.state === 'delayed') return;
    assert.equal(this.admission.withdraw(entry), false);
    assert.equal(this.admission.setPriority(entry, 'critical'), false);
  }
}

const pick = fc.nat(1_000);
const newTask = { priority: anyPriority, isChild: fc.boolean() };
const ofKind = <K extends string>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds);

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: ofKind('submit'), ...newTask }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('delay'), ...newTask, ms: fc.nat(10) }) },
  { weight: 2, arbitrary: fc.record({ kind: ofKind('advance'), ms: fc.nat(5) }) },
  { weight: 8, arbitrary: fc.record({ kind: ofKind('due', 'turn', 'turn', 'pump') }) },
  { weight: 5, arbitrary: fc.record({ kind: ofKind('end', 'end', 'suspend', 'resume', 'giveBack'), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: ofKind('cancel', 'stray'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: ofKind('setPriority'), pick, priority: anyPriority }) },
  { weight: 1, arbitrary: fc.record({ kind: ofKind('resize'), limits: anyLimits }) },
);

const anyOps = fc.array(anyOp, { maxLength: 80, size: 'max' });

/** Replays random operations under an observer; `atEnd` sees how it came out. fast-check prints the seed. */
export function replayAny(
  observer: Observer,
  numRuns: number,
  atEnd: ((replay: Replay) => void) | null = null,
  machineOf: (limits: Limits) => Machine = decidedHere,
): void {
  fc.assert(
    fc.property(anyLimits, anyOps, (limits, ops) => {
      const replay = new Replay(limits, observer, machineOf(limits));
      for (const op of ops) replay.do(op);
      atEnd?.(replay);
    }),
    { numRuns },
  );
}
