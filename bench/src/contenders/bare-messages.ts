import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Job } from '../jobs.ts';
import { noPriorities, noValues, type Contender } from './contender.ts';

const threadFile = new URL('../threads/bare-thread.js', import.meta.url);
const processFile = fileURLToPath(new URL('../threads/bare-process.js', import.meta.url));

/** What a message per task costs without a pool: no backlog, no limits, no error handling. */
export const contender: Contender = {
  open({ size, kind }) {
    const all = Array.from({ length: size }, () => new Member(kind === 'process' ? newProcess() : newThread()));
    return {
      run: (job, argument) => all.reduce((best, one) => (one.size < best.size ? one : best)).run(job, argument),
      runUrgent: noPriorities,
      echo: noValues,
      close: async () => void (await Promise.all(all.map((member) => member.end()))),
    };
  },
};

/** A thread or a process, and the messages to and from it. */
interface Line {
  post(message: [Job, number]): void;
  onAnswer(listener: (result: number) => void): void;
  end(): unknown;
}

function newThread(): Line {
  const worker = new Worker(threadFile);
  return {
    post: (message) => worker.postMessage(message),
    onAnswer: (listener) => worker.on('message', listener),
    end: () => worker.terminate(),
  };
}

function newProcess(): Line {
  const child = fork(processFile);
  return {
    post: (message) => child.send(message),
    onAnswer: (listener) => child.on('message', listener),
    end: () => child.kill(),
  };
}

/** Answers come in the order of the questions. */
class Member {
  readonly #line: Line;
  readonly #waiting: ((result: number) => void)[] = [];
  #answered = 0;

  constructor(line: Line) {
    this.#line = line;
    line.onAnswer((result) => {
      this.#waiting[this.#answered]!(result);
      this.#answered += 1;
    });
  }

  get size(): number {
    return this.#waiting.length - this.#answered;
  }

  run(job: Job, argument: number): Promise<number> {
    this.#line.post([job, argument]);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  end(): unknown {
    return this.#line.end();
  }
}
