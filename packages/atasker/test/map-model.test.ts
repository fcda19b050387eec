import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { backgroundTask, currentTask, TaskSupervisor, type TaskMap } from 'atasker';
import './support/leaks.ts';
import { turn } from './support/events.ts';
import { isPromise, NaiveMap, type InputKind, type MapShape } from './support/naive-map.ts';
import { NotedSource } from './support/sources.ts';

const supervisor = new TaskSupervisor({});
after(() => supervisor.stop());

type Action = { readonly do: 'finish' | 'arrive' | 'read' | 'leave' | 'abort'; readonly which: number };

const kinds: readonly InputKind[] = ['plain', 'promise', 'fails', 'rejected promise'];

const anyShape: fc.Arbitrary<MapShape> = fc.record({
  inputs: fc.array(
    fc.oneof(
      { arbitrary: fc.constant<InputKind>('plain'), weight: 6 },
      { arbitrary: fc.constantFrom<InputKind>(...kinds), weight: 2 },
    ),
    { maxLength: 12, size: 'max' },
  ),
  sourceThrows: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, { arbitrary: fc.constant(true), weight: 1 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  reader: fc.constantFrom('array', 'results', 'settled'),
  isOrdered: fc.boolean(),
});

const anyActions: fc.Arbitrary<Action[]> = fc.array(
  fc.record({
    do: fc.oneof(
      { arbitrary: fc.constantFrom('finish' as const, 'arrive' as const, 'read' as const), weight: 20 },
      { arbitrary: fc.constantFrom('leave' as const, 'abort' as const), weight: 1 },
    ),
    which: fc.nat(100),
  }),
  { maxLength: 40, size: 'max' },
);

/** A real map whose inputs and tasks end when the test says so. */
class RealMap {
  readonly calls: number[] = [];
  readonly given: string[] = [];
  readonly source: NotedSource<number | Promise<number>>;
  readonly #shape: MapShape;
  readonly #arrivals = new Map<number, () => void>();
  readonly #finishes = new Map<number, () => void>();
  readonly #controller = new AbortController();
  readonly #map: TaskMap<number, number>;
  #reader: AsyncIterator<unknown> | null = null;
  #isAwaited = false;

  constructor(shape: MapShape) {
    this.#shape = shape;
    this.source = new NotedSource(this.#inputs());
    const { concurrency, isOrdered: ordered } = shape;
    const options = { concurrency, ordered, signal: this.#controller.signal };
    this.#map = step.with({ supervisor }).map(this.source, { ...options, args: [this] });
  }

  *#inputs(): Generator<number | Promise<number>> {
    for (const [index, kind] of this.#shape.inputs.entries()) yield isPromise(kind) ? this.#promise(index) : index;
    if (this.#shape.sourceThrows) throw new Error('source failed');
  }

  #promise(index: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const isRejected = this.#shape.inputs[index] === 'rejected promise';
      this.#arrivals.set(index, () => (isRejected ? reject(new Error(`${index} failed`)) : resolve(index)));
    });
  }

  /** The body of its tasks. */
  call(index: number): Promise<number> {
    const { signal } = currentTask();
    this.calls.push(index);
    return new Promise((resolve, reject) => {
      const fails = this.#shape.inputs[index] === 'fails';
      this.#finishes.set(index, () => (fails ? reject(new Error(`${index} failed`)) : resolve(index)));
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  arrive(index: number): void {
    this.#arrivals.get(index)!();
  }

  finish(index: number): void {
    this.#finishes.get(index)!();
  }

  abort(): void {
    this.#controller.abort();
  }

  read(): void {
    if (this.#shape.reader !== 'array') return void this.#iterator().next().then(this.#gotItem, this.#gotError);
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#map.then((results) => this.given.push(`[${results.join()}]`), this.#gotError);
  }

  async leave(): Promise<void> {
    await this.#iterator().return!();
  }

  #iterator(): AsyncIterator<unknown> {
    this.#reader ??= this.#shape.reader === 'settled' ? this.#map.settled() : this.#map[Symbol.asyncIterator]();
    return this.#reader;
  }

  readonly #gotItem = ({ value, done }: IteratorResult<unknown>): void => {
    this.given.push(done ? 'done' : wordOf(value));
  };

  readonly #gotError = (error: unknown): void => {
    this.given.push((error as { code?: string }).code === 'ERR_TASK_CANCELED' ? 'canceled' : (error as Error).message);
  };
}

function wordOf(item: unknown): string {
  if (typeof item === 'number') return String(item);
  const { index, error } = item as { index: number; error?: Error & { code?: string } };
  if (error === undefined) return String(index);
  return error.code === 'ERR_TASK_CANCELED' ? `${index} canceled` : error.message;
}

const step = backgroundTask((index: number, map: RealMap) => map.call(index), { name: 'step', tt: 'async' });

/** The same thing happens to both. */
async function apply(action: Action, real: RealMap, model: NaiveMap, shape: MapShape): Promise<void> {
  const pick = (from: ReadonlySet<number>): number | undefined => [...from][action.which % from.size];
  const { do: what } = action;
  if (what === 'finish' || what === 'arrive') {
    const index = pick(what === 'finish' ? model.running : model.pending);
    if (index === undefined) return;
    real[what](index);
    model[what](index);
  } else if (what !== 'leave') {
    real[what]();
    model[what]();
  } else if (shape.reader !== 'array') {
    await real.leave();
    model.leave();
  }
}

interface State {
  readonly calls: readonly number[];
  readonly taken: number;
  readonly closed: number;
  readonly given: readonly string[];
}

function expected({ calls, taken, closed, given, isOver }: NaiveMap, real: State, wasAborted: boolean): State {
  // a task that was cancelled in the turn of its call has not begun; the order of cancelled tasks is not specified
  const begun = isOver ? calls.filter((index) => real.calls.includes(index)) : calls;
  return { calls: [...begun], taken, closed, given: wasAborted ? given.toSorted() : [...given] };
}

function stateOf({ calls, source, given }: RealMap, wasAborted: boolean): State {
  const { taken, closed } = source;
  return { calls: [...calls], taken, closed, given: wasAborted ? given.toSorted() : [...given] };
}

/** On a busy machine a map that takes inputs gives the event loop a turn after each. */
const MOST_TURNS = 40;

async function assertSame(real: RealMap, model: NaiveMap, wasAborted: boolean): Promise<void> {
  await turn();
  for (let turns = 0; ; turns += 1) {
    await turn();
    const state = stateOf(real, wasAborted);
    const right = expected(model, state, wasAborted);
    if (turns === MOST_TURNS || isDeepStrictEqual(state, right)) return assert.deepEqual(state, right);
  }
}

test('a map with random inputs, readers and ends does what a naive one does, step by step', async () => {
  const property = fc.asyncProperty(anyShape, anyActions, async (shape, actions) => {
    const real = new RealMap(shape);
    const model = new NaiveMap(shape);
    let wasAborted = false;
    const check = (): Promise<void> => assertSame(real, model, wasAborted);
    try {
      await check();
      for (const action of actions) {
        await apply(action, real, model, shape);
        wasAborted ||= action.do === 'abort';
        await check();
      }
      while (!model.isOver) {
        for (const what of ['read', 'arrive', 'finish'] as const) {
          await apply({ do: what, which: 0 }, real, model, shape);
          await check();
        }
      }
    } finally {
      real.abort();
      await supervisor.stop({ cancelTasks: true });
      supervisor.start();
    }
  });
  await fc.assert(property, { numRuns: 300 });
});
