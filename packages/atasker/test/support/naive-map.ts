/** How an input of a random map comes and ends. */
export type InputKind = 'plain' | 'promise' | 'fails' | 'rejected promise';

export type ReaderKind = 'array' | 'results' | 'settled';

export interface MapShape {
  readonly inputs: readonly InputKind[];
  readonly sourceThrows: boolean;
  readonly concurrency: number;
  readonly reader: ReaderKind;
  readonly isOrdered: boolean;
}

export const isPromise = (kind: InputKind): boolean => kind === 'promise' || kind === 'rejected promise';

interface NaiveEnd {
  readonly index: number;
  readonly text: string;
  readonly isFailure: boolean;
}

/** What a map should do, one thing at a time, as plainly as it can be said. Ends and errors are words. */
export class NaiveMap {
  readonly #shape: MapShape;
  taken = 0;
  readonly calls: number[] = [];
  closed = 0;
  /** What the reader has got: `3` for a result, `3 failed`, at last `done` or the error. */
  readonly given: string[] = [];
  readonly pending = new Set<number>();
  readonly running = new Set<number>();
  #handedOver = 0;
  #ready: NaiveEnd[] = [];
  /** The outcomes that came before there was a reader, while they are delivered to the reader. */
  #early: NaiveEnd[] = [];
  readonly #results: string[] = [];
  #asked = 0;
  #isRead = false;
  #isExhausted = false;
  #failure: { by: 'task' | 'source' | 'signal'; text: string } | null = null;
  #end: string | null = null;

  constructor(shape: MapShape) {
    this.#shape = shape;
    this.#pull();
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  read(): void {
    if (this.#shape.reader === 'array' && this.#isRead) return;
    this.#asked += 1;
    if (!this.#isRead) this.#early = this.#ready.splice(0);
    this.#isRead = true;
    for (let end = this.#early.shift(); end !== undefined; end = this.#early.shift()) this.#deliver(end);
    this.#pull();
    this.#serve();
    this.#settle();
  }

  /** The promise of an input is settled. */
  arrive(index: number): void {
    this.pending.delete(index);
    if (this.#shape.inputs[index] === 'rejected promise') return this.#ended(index, `${index} failed`, true);
    this.calls.push(index);
    this.running.add(index);
  }

  /** A task ends. */
  finish(index: number): void {
    this.running.delete(index);
    const isFailure = this.#shape.inputs[index] === 'fails';
    this.#ended(index, isFailure ? `${index} failed` : String(index), isFailure);
  }

  abort(): void {
    if (this.isOver || (this.#isExhausted && this.running.size + this.pending.size === 0)) return;
    this.#failure = { by: 'signal', text: 'canceled' };
    this.#close();
    for (const index of [...this.pending, ...this.running]) {
      this.pending.delete(index);
      this.running.delete(index);
      this.#ended(index, `${index} canceled`, true);
    }
    this.#settle();
  }

  leave(): void {
    this.#ready = [];
    this.#finishWith('done');
    this.#end = 'done';
    this.#serve();
  }

  #pull(): void {
    const { inputs, concurrency, sourceThrows } = this.#shape;
    if (this.#early.length > 0) return; // there may be a failure among them
    while (!this.#isExhausted && this.#failure === null && this.taken - this.#handedOver < concurrency) {
      if (this.taken === inputs.length) {
        this.#isExhausted = true;
        if (sourceThrows) this.#failure = { by: 'source', text: 'source failed' };
        break;
      }
      const index = this.taken;
      this.taken += 1;
      if (isPromise(inputs[index]!)) this.pending.add(index);
      else {
        this.calls.push(index);
        this.running.add(index);
      }
    }
    this.#settle();
  }

  #ended(index: number, text: string, isFailure: boolean): void {
    if (this.isOver) return;
    if (this.#isRead) this.#deliver({ index, text, isFailure });
    else this.#ready.push({ index, text, isFailure });
    this.#settle();
  }

  #deliver(end: NaiveEnd): void {
    if (this.isOver) return;
    if (end.isFailure && this.#shape.reader !== 'settled') {
      this.#failure ??= { by: 'task', text: end.text };
      this.#finishWith(this.#failure.text);
    } else if (this.#shape.reader === 'array') {
      this.#results[end.index] = end.text;
      this.#handedOver += 1;
      this.#pull();
    } else {
      this.#ready.push(end);
      this.#serve();
    }
  }

  #serve(): void {
    while (this.#asked > 0 && this.#shape.reader !== 'array') {
      const at = this.#shape.isOrdered ? this.#ready.findIndex(({ index }) => index === this.#handedOver) : 0;
      const end = this.#ready[at];
      if (end === undefined && !this.isOver) return;
      this.#asked -= 1;
      if (end === undefined) {
        this.given.push(this.#end!);
        this.#end = 'done'; // an error is delivered once
      } else {
        this.#ready.splice(at, 1);
        this.#handedOver += 1;
        this.given.push(end.text);
        if (!this.isOver) this.#pull();
      }
    }
  }

  #settle(): void {
    if (this.isOver || !this.#isRead) return;
    const { reader } = this.#shape;
    const isQuiet = this.running.size + this.pending.size + this.#early.length === 0;
    if (this.#failure === null) {
      if (isQuiet && this.#isExhausted) this.#finishWith('done');
      return;
    }
    const { by, text } = this.#failure;
    const waits = (by === 'source' && reader !== 'array') || (by === 'signal' && reader === 'settled');
    if (isQuiet || !waits) this.#finishWith(text);
  }

  #finishWith(end: string): void {
    if (this.isOver) return;
    this.#end = end;
    this.#close();
    this.running.clear();
    this.pending.clear();
    const { reader } = this.#shape;
    if (reader === 'results' && this.#failure?.by === 'signal') this.#ready = [];
    if (reader === 'array') this.given.push(end === 'done' ? `[${this.#results.join()}]` : end);
    else this.#serve();
  }

  #close(): void {
    if (!this.#isExhausted) this.closed += 1;
    this.#isExhausted = true;
  }
}
