import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';
import { contender as bench } from '../../contenders/jest-worker.ts';
import * as functions from '../threads/functions.ts';
import { ONE_WITH_PRIORITIES, urlOf, type FaultContender, type FunctionName } from './contender.ts';

const file = fileURLToPath(new URL('../threads/functions.js', import.meta.url));

type Farm = Worker & Record<FunctionName, (input?: unknown) => Promise<unknown>>;

export const contender: FaultContender = {
  open({ form, heapMb }) {
    const heap = {
      threads: { resourceLimits: { maxOldGenerationSizeMb: heapMb! } },
      processes: { forkOptions: { execArgv: [`--max-old-space-size=${heapMb}`] } },
    };
    const open = (path: string): Farm =>
      new Worker(path, {
        numWorkers: 1,
        enableWorkerThreads: form === 'threads',
        exposedMethods: Object.keys(functions),
        ...(heapMb && heap[form]),
      }) as Farm;
    const workers = [open(file)];
    return {
      run: (name, input) => workers[0]![name](input),
      async runOf(module) {
        const worker = open(fileURLToPath(urlOf(module)));
        workers.push(worker);
        return worker.increment(1);
      },
      close: () => Promise.all(workers.map((worker) => worker.end())),
    };
  },
  openWithPriorities: () => bench.open(ONE_WITH_PRIORITIES),
};
