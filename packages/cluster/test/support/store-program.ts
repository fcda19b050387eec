/** A program that has a store open, and does with it what its parent says: see ./programs.ts. */
import { openStore, type StoreNews, type TaskStore } from '@atasker/cluster';
import type { FromProgram, ToProgram } from './store-programs.ts';

const store: TaskStore = openStore(process.argv[2]!);
const send = (message: FromProgram): void => void process.send?.(message);

const news: StoreNews = {
  work: () => send({ type: 'news', method: 'work', args: [] }),
  ended: (ending) => send({ type: 'news', method: 'ended', args: [ending] }),
  told: (told) => send({ type: 'news', method: 'told', args: [told] }),
  cancel: (id, payload) => send({ type: 'news', method: 'cancel', args: [id, payload] }),
  lost: (claims) => send({ type: 'news', method: 'lost', args: [claims] }),
  away: ({ message }) => send({ type: 'news', method: 'away', args: [{ message }] }),
  back: () => send({ type: 'news', method: 'back', args: [] }),
};

process.on('message', (message: ToProgram) => void answer(message));
process.on('disconnect', () => process.exit(0));

async function answer({ n, method, args }: ToProgram): Promise<void> {
  const given = method === 'open' ? [{ ...(args[0] as object), news }] : args;
  try {
    const result: unknown = await (store[method] as (...values: unknown[]) => unknown).apply(store, [...given]);
    send({ type: 'result', n, result });
  } catch (error) {
    const { name, code, message: text } = error as Error & { code: string };
    send({ type: 'error', n, error: { name, code, message: text } });
  }
}
