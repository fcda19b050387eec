import { arrayPush, arrayShift, firstOf } from '../platform/methods.ts';
import { Map, Promise, Symbol } from '../platform/primordials.ts';
import type { Failure, MapRun, Reader, Settled } from './map-run.ts';

/** Reads all results into an array, at the index of their inputs. The first failure ends the map. */
export class ArrayReader<I, R> implements Reader<I, R> {
  readonly kind = 'array';
  readonly results: Promise<R[]>;
  readonly #run: MapRun<I, R>;
  readonly #list: R[] = [];
  #resolve!: (results: R[]) => void;
  #reject!: (error: unknown) => void;

  constructor(run: MapRun<I, R>) {
    this.#run = run;
    this.results = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    run.attach(this);
  }

  ended(end: Settled<I, R>): void {
    if ('error' in end) return this.#run.failed(end.error);
    this.#list[end.index] = end.result;
    this.#run.handedOver();
  }

  over(failure: Failure | null): void {
    if (failure === null) this.#resolve(this.#list);
    else this.#reject(failure.error);
  }
}

/** A pending call of `next()`. */
interface Asker<T> {
  readonly resolve: (item: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** Hands over the ends of inputs one by one, to calls of `next()`. */
abstract class StreamReader<I, R, T> implements Reader<I, R>, AsyncIterableIterator<T, undefined> {
  abstract readonly kind: Reader<I, R>['kind'];
  protected readonly run: MapRun<I, R>;
  /** Ends that no call of `next()` has taken yet, by index. */
  protected readonly ready = new Map<number, Settled<I, R>>();
  readonly #isOrdered: boolean;
  readonly #askers: Asker<T>[] = [];
  #given = 0;
  #isAttached = false;
  #isOver = false;
  #failure: Failure | null = null;

  constructor(run: MapRun<I, R>, isOrdered: boolean) {
    this.run = run;
    this.#isOrdered = isOrdered;
  }

  abstract ended(end: Settled<I, R>): void;

  /** What `next()` gives for an end. */
  protected abstract itemOf(end: Settled<I, R>): T;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      arrayPush(this.#askers, { resolve, reject });
      if (this.#isAttached || this.#isOver) return this.serve();
      this.#isAttached = true;
      this.run.attach(this);
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.ready.clear();
    this.#failure = null;
    this.over(null); // needed if next() was never called
    await this.run.leave();
    return { value: undefined, done: true };
  }

  async throw(error?: unknown): Promise<never> {
    await this.return();
    throw error as Error;
  }

  over(failure: Failure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.serve();
  }

  /** Answers the pending calls of `next()`, as far as there are answers. */
  protected serve(): void {
    for (let asker = this.#askers[0]; asker !== undefined; asker = this.#askers[0]) {
      const end = this.#isOrdered ? this.ready.get(this.#given) : firstOf(this.ready.values());
      if (end === undefined && !this.#isOver) return;
      arrayShift(this.#askers);
      if (end === undefined) this.#answerEnd(asker);
      else this.#handOver(end, asker);
    }
  }

  #handOver(end: Settled<I, R>, asker: Asker<T>): void {
    this.ready.delete(end.index);
    this.#given += 1;
    asker.resolve({ value: this.itemOf(end), done: false });
    this.run.handedOver();
  }

  /** Answers a call after the last end. A failure is thrown only once. */
  #answerEnd({ resolve, reject }: Asker<T>): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure === null) resolve({ value: undefined, done: true });
    else reject(failure.error);
  }
}

/** Reads the results, up to the first failure. */
export class ResultReader<I, R> extends StreamReader<I, R, R> {
  readonly kind = 'results';

  constructor(run: MapRun<I, R>, isOrdered: boolean) {
    super(run, isOrdered);
  }

  ended(end: Settled<I, R>): void {
    if ('error' in end) return this.run.failed(end.error);
    this.ready.set(end.index, end);
    this.serve();
  }

  override over(failure: Failure | null): void {
    if (failure?.by === 'signal') this.ready.clear();
    super.over(failure);
  }

  protected itemOf(end: Settled<I, R>): R {
    return end.result as R;
  }
}

/** Reads the ends of all inputs. */
export class EndReader<I, R> extends StreamReader<I, R, Settled<I, R>> {
  readonly kind = 'settled';

  constructor(run: MapRun<I, R>, isOrdered: boolean) {
    super(run, isOrdered);
  }

  ended(end: Settled<I, R>): void {
    this.ready.set(end.index, end);
    this.serve();
  }

  protected itemOf(end: Settled<I, R>): Settled<I, R> {
    return end;
  }
}
