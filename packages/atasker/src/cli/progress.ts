import cliProgress from 'cli-progress';
import { CLEAR_LINE } from './output.ts';

/** A bar on standard error, when that is a terminal. */
export interface Progress {
  /** One more input has ended. */
  advance(failures: number): void;
  /** Clears the line, because something else is written to the terminal now. */
  hide(): void;
  stop(): void;
}

const SILENT: Progress = { advance() {}, hide() {}, stop() {} };

/** @param total how many inputs there are; null if nobody knows */
export function startProgress(total: number | null): Progress {
  return process.stderr.isTTY ? new Bar(total) : SILENT;
}

class Bar implements Progress {
  readonly #startedAt = performance.now();
  readonly #bar: cliProgress.SingleBar;
  #failures = 0;

  constructor(total: number | null) {
    this.#bar = new cliProgress.SingleBar({
      stream: terminal,
      linewrap: true, // leave the terminal's setting alone
      forceRedraw: true, // it may have been hidden
      format: (options, { progress, value }) => this.#format(options, progress, value, total),
    });
    this.#bar.start(total ?? 0, 0);
    process.once('exit', () => this.stop());
  }

  advance(failures: number): void {
    this.#failures = failures;
    this.#bar.increment();
  }

  hide(): void {
    if (process.stdout.isTTY) process.stderr.write(CLEAR_LINE);
  }

  stop(): void {
    this.#bar.stop();
  }

  #format(options: cliProgress.Options, progress: number, value: number, total: number | null): string {
    const rate = value / ((performance.now() - this.#startedAt) / 1000);
    const parts = [`${rate.toFixed(rate < 10 ? 1 : 0)}/s`];
    if (total !== null) parts.unshift(`${cliProgress.Format.BarFormat(progress, options)} ${value}/${total}`);
    else parts.unshift(`${value} done`);
    if (total !== null && rate > 0) parts.push(`${timeLeft((total - value) / rate)} left`);
    if (this.#failures > 0) parts.push(`${this.#failures} failed`);
    return parts.join(' | ');
  }
}

/** cli-progress goes back to where the cursor was at the start; results may have been written there since. */
const terminal = {
  isTTY: true,
  get columns(): number {
    return process.stderr.columns;
  },
  write(text: string): boolean {
    return text === '\u001B7' || text === '\u001B8' || process.stderr.write(text);
  },
} as unknown as NodeJS.WritableStream;

function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}
