import { Piscina, queueOptionsSymbol, type PiscinaTask } from 'piscina';
import type { Contender } from './contender.ts';
import { UrgentFirst } from './urgent-first.ts';

const filename = new URL('../jobs.js', import.meta.url).href;

function isUrgent(task: PiscinaTask): boolean {
  return (task[queueOptionsSymbol] as { urgent?: boolean } | null)?.urgent === true;
}

export const contender: Contender = {
  open({ size, priorities, isCold }) {
    const options = { filename, minThreads: isCold ? 1 : size, maxThreads: size };
    const pool = new Piscina(
      priorities === 'none' ? options : { ...options, taskQueue: new UrgentFirst(isUrgent) as never },
    );
    return {
      run: (name, argument) => pool.run(argument, { name }),
      runUrgent: (name, value) => pool.run({ value, [queueOptionsSymbol]: { urgent: true } }, { name }),
      echo: (value) => pool.run(value, { name: 'echo' }),
      close: () => pool.destroy(),
    };
  },
};
