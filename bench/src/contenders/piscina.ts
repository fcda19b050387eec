import { Piscina, queueOptionsSymbol, type PiscinaTask } from 'piscina';
import type { Contender } from './contender.ts';
import { UrgentFirst } from './urgent-first.ts';

const filename = new URL('../jobs.js', import.meta.url).href;

function isUrgent(task: PiscinaTask): boolean {
  return (task[queueOptionsSymbol] as { urgent?: boolean } | null)?.urgent === true;
}

export const contender: Contender = {
  open({ threads, priorities }) {
    const size = { filename, minThreads: threads, maxThreads: threads };
    const pool = new Piscina(priorities ? { ...size, taskQueue: new UrgentFirst(isUrgent) as never } : size);
    return {
      run: (name, argument) => pool.run(argument, { name }),
      runUrgent: (name, value) => pool.run({ value, [queueOptionsSymbol]: { urgent: true } }, { name }),
      close: () => pool.destroy(),
    };
  },
};
