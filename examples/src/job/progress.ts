import cliProgress from 'cli-progress';

/** Shows on standard error how far the job is: a bar on a terminal, else a line now and then. */
export interface Progress {
  /** So many files there will be. */
  setTotal(total: number): void;
  advance(): void;
  stop(): void;
}

export function startProgress(): Progress {
  return process.stderr.isTTY ? new Bar() : new Lines();
}

/** Rate and remaining time of a count that grows. */
class Count {
  done = 0;
  total = 0;
  readonly #startedAt = performance.now();

  /** In words. */
  get text(): string {
    const rate = this.done / ((performance.now() - this.#startedAt) / 1000);
    const of = this.total > 0 ? `/${this.total}` : '';
    const left = this.total > 0 && rate > 0 ? `, ${Math.ceil(Math.max(0, this.total - this.done) / rate)} s left` : '';
    return `${this.done}${of} files, ${Math.round(rate)} files/s${left}`;
  }
}

class Bar implements Progress {
  readonly #count = new Count();
  readonly #bar = new cliProgress.SingleBar({
    linewrap: true,
    format: (options, { progress }) => {
      const done = this.#count.total > 0 ? progress : 0;
      return `${cliProgress.Format.BarFormat(done, options)} ${this.#count.text}`;
    },
  });

  constructor() {
    this.#bar.start(0, 0);
  }

  setTotal(total: number): void {
    this.#count.total = total;
    this.#bar.setTotal(total);
  }

  advance(): void {
    this.#count.done += 1;
    this.#bar.increment();
  }

  stop(): void {
    this.#bar.stop();
  }
}

class Lines implements Progress {
  readonly #count = new Count();
  readonly #timer = setInterval(() => process.stderr.write(`${this.#count.text}\n`), 5_000);

  setTotal(total: number): void {
    this.#count.total = total;
  }

  advance(): void {
    this.#count.done += 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
